import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silentReporter } from '../../report.ts';
import { INSTALLATION, settingsFrom } from '../../settings/settings.ts';
import { type Ask, type GeosupportContext, withGeosupport } from './client.ts';

const COMMAND = path.join(INSTALLATION, 'test', 'fixtures', 'geosupport', 'command.mjs');

function context(words: string[] | undefined, extra: Partial<GeosupportContext> = {}): GeosupportContext {
  const command = words && JSON.stringify([process.execPath, COMMAND, ...words]);
  return {
    settings: settingsFrom(
      { LIFECYCLE_GEOSUPPORT: command },
      { cwd: tmpdir(), project: tmpdir(), stderrIsTerminal: false },
    ),
    reporter: silentReporter,
    signal: new AbortController().signal,
    ...extra,
  };
}

const askMany = (count: number) => (ask: Ask) =>
  Promise.all(Array.from({ length: count }, (_, i) => ask('BN', { bin: `${i}0` })));

test('calls that wait together are answered each with its own answer', async () => {
  const answers = await withGeosupport(context([]), askMany(500));
  assert.equal(answers.length, 500);
  for (const [i, { fields }] of answers.entries()) {
    assert.deepEqual(fields['BOROUGH BLOCK LOT (BBL)'], { 'BOROUGH BLOCK LOT (BBL)': `b${i}0` });
  }
});

test('a call that Geosupport rejects is an answer too', async () => {
  const answer = await withGeosupport(context([]), (ask) => ask('BN', { bin: '9' }));
  assert.equal(answer.rejected, true);
  assert.equal(answer.fields['Geosupport Return Code (GRC)'], '42');
});

test('without a command the error says what to set', async () => {
  await assert.rejects(withGeosupport(context(undefined), askMany(1)), {
    code: 'ING_GEOSUPPORT',
    hint: /LIFECYCLE_GEOSUPPORT/,
  });
});

test('a command that cannot be started is named', async () => {
  const settings = { ...context([]).settings, geosupport: '/nowhere/geosupport' };
  await assert.rejects(withGeosupport({ ...context([]), settings }, askMany(3)), {
    code: 'ING_GEOSUPPORT',
    message: /\/nowhere\/geosupport could not be started/,
  });
});

const MISBEHAVIOUR: [string[], RegExp][] = [
  [['dies', '2'], /ended with 7 after 2 answers, asked .*"bin":"20"/],
  [['babbles', '1'], /no answer to .*"bin":"10".*Welcome to Geosupport/],
  [['endless'], /without an end/],
  [['silent', '1'], /has not answered .*"bin":"10".* for 2 s/],
];

for (const [words, message] of MISBEHAVIOUR) {
  test(`a command that ${words.join(' ')} fails every call that waits`, async () => {
    const results = await withGeosupport(context(words, { answerMs: words[0] === 'silent' ? 2_000 : 120_000 }), (ask) =>
      Promise.allSettled(Array.from({ length: 5 }, (_, i) => ask('BN', { bin: `${i}0` }))),
    );
    const expected = Number(words[1] ?? 0);
    assert.deepEqual(
      results.map((result) => result.status),
      results.map((_, i) => (i < expected ? 'fulfilled' : 'rejected')),
    );
    const last = results.at(-1) as PromiseRejectedResult;
    assert.equal(last.reason.code, 'ING_GEOSUPPORT');
    assert.match(last.reason.message, message);
  });
}

test('what a dead command said last is the cause', async () => {
  await assert.rejects(withGeosupport(context(['dies', '0']), askMany(1)), (error: Error) => {
    assert.match((error.cause as Error).message, /the library was not found/);
    return true;
  });
});

test('an answer to no call is refused before it can be taken for another', async () => {
  await assert.rejects(
    withGeosupport(context(['chatty', '0']), async (ask) => {
      await ask('BN', { bin: '10' });
      await new Promise((resolve) => setTimeout(resolve, 200));
      await ask('BN', { bin: '20' });
    }),
    { code: 'ING_GEOSUPPORT', message: /an answer to no call/ },
  );
});

test('an abort fails the calls with its reason and ends a command that ignores SIGTERM', {
  timeout: 30_000,
}, async () => {
  const controller = new AbortController();
  const reason = new Error('stopped');
  const started = performance.now();
  setTimeout(() => controller.abort(reason), 300);
  await assert.rejects(withGeosupport(context(['deaf'], { signal: controller.signal }), askMany(2)), reason);
  assert.ok(performance.now() - started < 15_000, 'the command outlived the abort');
});

test('when the work fails, the command is gone before the error arrives', async () => {
  const failure = new Error('a row is bad');
  await assert.rejects(
    withGeosupport(context(['silent']), async (ask) => {
      ask('BN', { bin: '1' }).catch(() => {});
      throw failure;
    }),
    failure,
  );
});
