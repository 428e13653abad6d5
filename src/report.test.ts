import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LifecycleError } from './errors.ts';
import { escapeControls, formatBytes, formatSeconds, jsonReporter, textReporter } from './report.ts';

function written(isTerminal: boolean, color: boolean, verbose = false) {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  const reporter = textReporter({ write, isTerminal, color }, verbose);
  return { reporter, text: () => text };
}

test('one fact a line, and nothing of a foreign text drives the terminal', () => {
  const { reporter, text } = written(false, false);
  reporter.log('info', 'fetching', { host: 'example.org', attempt: 2, gone: undefined });
  reporter.log('debug', 'unseen');
  reporter.log('warning', 'odd\u001b[2J name');
  reporter.log('error', 'bad\r\nnews');
  assert.equal(
    text(),
    ['fetching (host: example.org, attempt: 2)', 'warning: odd\\x1b[2J name', 'error: bad\\x0d', 'news', ''].join('\n'),
  );
});

test('an error tells its place, its causes and its hint', () => {
  const { reporter, text } = written(false, false);
  const cause = new Error('connection reset\nstack and more', { cause: new Error('deeper') });
  const place = { file: 'a.yml', line: 1, column: 2 };
  reporter.error(new LifecycleError('SRC_UNREACHABLE', 'example.org: gone', { cause, place, hint: 'try \u001b[1m' }));
  assert.equal(
    text(),
    [
      'error SRC_UNREACHABLE: a.yml:1:2: example.org: gone',
      '  cause: connection reset',
      '  cause: deeper',
      'hint: try \\x1b[1m',
      '',
    ].join('\n'),
  );
});

test('colours are for those who can see them', () => {
  const { reporter, text } = written(true, true);
  reporter.log('warning', 'x');
  assert.equal(text(), '\u001b[33mwarning:\u001b[0m x\n');
});

test('a bar overwrites itself, and a line after it begins on a clean one', () => {
  const { reporter, text } = written(true, false);
  reporter.progress('raw.csv', 5e6, 1e7);
  reporter.log('info', 'next');
  assert.equal(text(), '\r\u001b[2Kraw.csv: 50% 5.0 MB of 10 MB [############............]\r\u001b[2Knext\n');
});

test('without a terminal progress comes in lines, and not many of them', () => {
  const { reporter, text } = written(false, false);
  for (let done = 1; done <= 1000; done++) reporter.progress('rows', done * 1000, undefined, 'rows');
  assert.match(text(), /^(rows: [\d,]+ rows\n){0,1}$/);
});

test('a step tells its time when it is done, and nothing when it fails', async () => {
  const { reporter, text } = written(false, false);
  assert.equal(await reporter.step('convert', async () => 7), 7);
  assert.match(text(), /^convert: \d+ ms\n$/);
  await assert.rejects(reporter.step('fails', () => Promise.reject(new Error('x'))));
  assert.doesNotMatch(text(), /fails/);
});

test('for tasks every line is one JSON object', async () => {
  const lines: string[] = [];
  const reporter = jsonReporter((text) => void lines.push(text));
  reporter.log('warning', 'two\nlines', { rows: 3 });
  await reporter.step('write', async () => undefined);
  reporter.progress('raw', 1, 2);
  reporter.progress('raw', 1.5, 2);
  reporter.progress('raw', 2, 2);
  const place = { file: 'a.yml', line: 1, column: 2 };
  reporter.error(new LifecycleError('STO_BUSY', 'held', { hint: 'wait', place, cause: new Error('why') }));
  for (const line of lines) assert.match(line, /^\{.*\}\n$/);
  const [log, step, first, last, error, ...rest] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(rest, []);
  assert.deepEqual(log, { level: 'warning', event: 'two\nlines', rows: 3 });
  assert.deepEqual([step?.event, typeof step?.seconds], ['write', 'number']);
  assert.deepEqual([first?.done, last?.done], [1, 2]);
  assert.deepEqual(error, {
    ...{ level: 'error', event: 'held', code: 'STO_BUSY', place: 'a.yml:1:2', hint: 'wait', cause: 'why' },
  });
});

test('amounts are short', () => {
  assert.deepEqual([0, 999, 1000, 9_950, 12_345, 1e9, 2.5e12, 5e15].map(formatBytes), [
    ...['0 B', '999 B', '1.0 kB', '9.9 kB', '12 kB', '1.0 GB', '2.5 TB', '5000 TB'],
  ]);
  assert.deepEqual([0.4, 999, 1000, 9_999, 61_000].map(formatSeconds), [
    '0 ms',
    '999 ms',
    '1.00 s',
    '10.00 s',
    '61.0 s',
  ]);
  assert.equal(escapeControls('a\tb\u0000\u009b'), 'a\tb\\x00\\x9b');
});
