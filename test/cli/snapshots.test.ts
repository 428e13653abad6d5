import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';
import { type Seen, Terminal, transcript } from './transcript.ts';

/**
 * What the program says of itself and to whoever uses it wrongly, word for word. Commands are found by what the help
 * says of them. Where a change is meant: bin/node --test --test-update-snapshots test/cli/snapshots.test.ts
 */
const SNAPSHOTS = path.join(import.meta.dirname, 'snapshots');
/** How many the binary itself is asked in the first part; the others are answered by the same program in this process. */
const ONE_OF = 25;
const PLAIN = { serializers: [(text: string) => text] };

const WRONG: readonly (readonly string[])[] = [
  [],
  ['frobnicate'],
  ['ingets', 'parks', '2024a'],
  ['--frobnicate', 'list'],
  ['--project'],
  ['--project', 'nowhere', 'list'],
  ['--project', 'nowhere', '--json', 'list'],
  ['--project', '.', 'ingest', 'parks', '2024a'],
  ['--project', 'sample/products/products.yml', 'list'],
  ['help', 'frobnicate'],
  // Some at the same time: what works on a version or a build has one of its own, or it could find that held by another.
  ...[
    ['ingest', 'park', '2024a'],
    ['ingest', 'nothing_like_it', '2024a'],
    ['ingest', '../parks', '2024a'],
    ['ingest', 'parks', '../up'],
    ['ingest', 'parks', 'latest'],
    ['ingest', 'parks', '2024a', '--runner', 'other'],
    ['ingest', 'parks', '2024a', '--mode'],
    ['ingest', 'parks', '2024b', '--mode', 'append'],
    ['ingest', 'parks', '2024c', '--file', 'missing.geojson'],
    ['ingest', 'borough_tables', '2024a', '--dataset', 'borough_housin'],
    ['adopt', 'park', '2024a', 'missing.parquet'],
    ['adopt', 'parks', '2024d', 'missing.parquet'],
    ['build', 'borough', '2024-06'],
    ['build', 'boroughs', 'two words'],
    ['build', 'boroughs', '2024-06', '--stage', 'lode'],
    ['build', 'boroughs', '2024-07', '--input', 'nyc_boroughs'],
    ['build', 'boroughs', '2024-08', '--input', 'nyc_borough=16a'],
    ['build', 'boroughs', '2024-09', '--timeout', 'soon'],
    ['plan', 'boroughs', '2024-10'],
    ['rebuild', 'boroughs', '2024-11'],
    ['why', 'boroughs', '2024-06'],
    ['show', 'park'],
    ['show', 'parks'],
    ['latest', 'parks', '2024a'],
    ['latest', 'parks'],
    ['list', 'everything'],
    ['unlock', 'ingest', 'parks'],
    ['trigger', 'ingests', 'parks', '2024a'],
    ['trigger', 'ingest', 'parks', '2024a'],
    ['trigger', 'ingest', 'parks', '../up'],
    ['airflow', 'status'],
    ['airflow', 'env'],
    ['airflow', 'start', '--port', 'eighty'],
    ['airflow', 'start', '--database', 'oracle'],
    ['airflow', 'manifest', '--out', 'no/such/folder/manifest.json'],
  ].map((words) => ['--project', 'sample', ...words]),
  ['--project', 'sample', '--json', 'ingest', 'park', '2024a'],
];

interface Command {
  words: readonly string[];
  help: Seen;
  /** Names of the commands below it. */
  below: string[];
}

const terminal = new Terminal();
const commands: Command[] = [];

/** The commands with these names, and all below them, a level at a time. */
async function findCommands(level: readonly (readonly string[])[]): Promise<void> {
  if (level.length === 0) return;
  const found = (await terminal.runHere(level.map((words) => [...words, '--help']))).map((help, i) => ({
    words: level[i]!,
    help,
    below: [...(/^Commands:\n([\s\S]*)/m.exec(help.stdout)?.[1] ?? '').matchAll(/^ {2}(\S+)/gm)]
      .map((line) => line[1]!)
      .filter((name) => name !== 'help'),
  }));
  commands.push(...found);
  await findCommands(found.flatMap(({ words, below }) => below.map((name) => [...words, name])));
}

/** Calls that a command must refuse before it does anything. */
function refusedCalls({ words, help, below }: Command): string[][] {
  const [usage = ''] = help.stdout.split('\n');
  const places = [...usage.matchAll(/<[^>]+>|\[[^\]]+\]/g)].map(([place]) => place).filter((x) => x !== '[options]');
  const values = places.map((_, i) => `x${i + 1}`);
  return [
    [...words, ...values, '--frobnicate'],
    ...(places.some((place) => place.startsWith('<')) ? [[...words]] : []),
    ...(below.length > 0 ? [[...words, 'frobnicate']] : []),
    ...(below.length > 0 || usage.includes('...') ? [] : [[...words, ...values, 'more']]),
  ];
}

const fileOf = ({ words }: Command) => `${['lifecycle', ...words].join('-')}.txt`;

before(async () => {
  await terminal.prepare();
  await findCommands([[]]);
});
after(() => terminal.remove());

test('every command says what it is for, and refuses options and arguments that it does not have', async (t) => {
  const calls = commands.flatMap((command) => refusedCalls(command).map((words) => ({ command, words })));
  const seen = await terminal.runHere(calls.map(({ words }) => words));
  for (const command of commands) {
    const refused = seen.filter((_, i) => calls[i]?.command === command);
    assert.deepEqual([command.help.code, ...refused.map(({ code }) => code)], [0, ...refused.map(() => 2)]);
    const text = [command.help, ...refused].map(transcript).join('\n');
    t.assert.fileSnapshot(text, path.join(SNAPSHOTS, fileOf(command)), PLAIN);
  }
});

test('wrong use is refused in words', async (t) => {
  const seen = await terminal.runHere(WRONG);
  // A new command changes the help, and that has a file of its own.
  const text = seen.map(transcript).join('\n').replaceAll(commands[0]!.help.stdout, '(the help)\n');
  t.assert.fileSnapshot(text, path.join(SNAPSHOTS, 'wrong-use.txt'), PLAIN);
});

test('the binary answers so', async (t) => {
  const commandLines = [
    ...commands.flatMap((command) => [[...command.words, '--help'], ...refusedCalls(command)]),
    ...WRONG,
  ];
  const tried = BOTH_PARTS ? commandLines : commandLines.filter((_, i) => i % ONE_OF === 0);
  leavesOut(t, `${commandLines.length - tried.length} more of the wrong uses`);
  const [here, started] = [new Terminal(), new Terminal()];
  try {
    await Promise.all([here.prepare(), started.prepare()]);
    assert.deepEqual(await started.run(tried), await here.runHere(tried));
  } finally {
    here.remove();
    started.remove();
  }
});

test('there is no snapshot of a command that is gone', async () => {
  const expected = [...commands.map(fileOf), 'wrong-use.txt'];
  const others = (await readdir(SNAPSHOTS)).filter((file) => !expected.includes(file));
  assert.deepEqual(others, [], 'remove these files');
});
