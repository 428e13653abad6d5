// Two tables compared, as a process, beside pandas doing the same, in turn: bin/node bench/diff.ts [--runs N] [--rows N]
import { execFile } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { formatTable } from '../src/cli/table.ts';
import type { DiffDocument } from '../src/diff/table-diff.ts';
import { Engine } from '../src/engine/engine.ts';
import { literal } from '../src/engine/sql.ts';
import { INSTALLATION, settingsFrom } from '../src/settings/settings.ts';
import { pythonTools } from '../test/python-environment.ts';
import { type Measured, measure, median } from './measure.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, rows: { type: 'string', default: '1000000' } },
});
const rows = Number(values.rows);
const work = path.join(INSTALLATION, 'build', `bench-diff-${rows}`);
const [before, now] = ['before', 'now'].map((name) => path.join(work, `${name}.parquet`)) as [string, string];

/** Ids, texts, codes, dates, numbers with and without fractions, nulls: 20 columns. */
const TABLE = `SELECT i AS id, 'place ' || i % 977 AS name, i % 5 + 1 AS boro, printf('%05d', CAST(501 + i % 300 AS BIGINT)) AS zip,
    40.5 + (i * 7919 % 400009) / 1e6 AS latitude, -74.2 + (i * 104729 % 500009) / 1e6 AS longitude, DATE '2015-01-01' + CAST(i % 3650 AS INTEGER) AS opened,
    i * 7 % 1000003 AS n1, (i * 31 % 1000003) / 1000.0::DOUBLE AS n2, i % 100 AS n3, CASE WHEN i % 10 = 0 THEN NULL ELSE i % 5003 END AS n4, (i * 17 % 999983) / 1e6 AS n5, i % 2 = 0 AS flag,
    'text ' || i % 31 AS t1, 'some more text ' || i % 13 AS t2, 'X' || i % 997 AS code, 'quoted, ' || i % 11 AS t3, 'plaza ' || i % 7 || ', New York' AS t4, CASE WHEN i % 17 = 0 THEN NULL ELSE 'word ' || i % 41 END AS t5, 'z' AS constant
  FROM range(${rows}) r(i)`;
/** One in a hundred rows changed in one of two columns, one in ten thousand gone, as many new, all in another order. */
const CHANGED = `SELECT * REPLACE (CASE WHEN id % 200 = 7 THEN n2 + 1 ELSE n2 END AS n2, CASE WHEN id % 200 = 107 THEN t1 || ' changed' ELSE t1 END AS t1,
    CASE WHEN id % 10000 = 8 THEN id + ${rows} ELSE id END AS id) FROM (${TABLE}) WHERE id % 10000 <> 9 ORDER BY hash(id)`;

async function makeInputs(venvDir: string): Promise<void> {
  await mkdir(work, { recursive: true });
  const isThere = await stat(now).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const engine = await Engine.open({ venvDir, temporaryDir: work });
  try {
    await engine.run(`COPY (${TABLE}) TO ${literal(before)} (FORMAT parquet)`);
    await engine.run(`COPY (${CHANGED}) TO ${literal(now)} (FORMAT parquet)`);
  } finally {
    engine.close();
  }
}

const settings = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
const environment = await pythonTools(settings.venvDir);
if ('missing' in environment) throw new Error(environment.missing);
const { python } = environment;
await makeInputs(settings.venvDir);

const lifecycle = [path.join(INSTALLATION, 'bin', 'lifecycle'), '--json', 'diff', before, now];
const pandas = [python, path.join(import.meta.dirname, 'diff.py'), before, now, 'id'];
const contenders: [name: string, command: string[]][] = [
  ['lifecycle, key found', lifecycle],
  ['lifecycle, key given', [...lifecycle, '--key', 'id']],
  ['pandas, merge and compare', pandas],
];

/** Both must have found the same, or the times mean nothing. */
const run = promisify(execFile);
const printed = async ([command, ...args]: string[]) =>
  JSON.parse((await run(command!, args, { maxBuffer: 1 << 28 })).stdout) as unknown;
const [table] = ((await printed(lifecycle)) as DiffDocument).tables;
const { equal: _, ...counts } = table!.rows;
const ours = {
  rows: counts,
  columns: Object.fromEntries(
    table!.columns.filter(({ changed }) => changed > 0).map(({ name, changed }) => [name, changed]),
  ),
};
const theirs = await printed(pandas);
const sorted = (value: unknown) =>
  JSON.stringify(value, ['rows', 'added', 'removed', 'changed', 'columns', 'n2', 't1']);
if (sorted(ours) !== sorted(theirs)) throw new Error(`they found other changes: ${sorted(ours)} and ${sorted(theirs)}`);
console.error(`both found ${sorted(ours)}`);

const took = contenders.map((): Measured[] => []);
for (let i = 0; i < Number(values.runs); i++) {
  for (const [n, [, command]] of contenders.entries()) took[n]!.push(await measure(python, command));
}
const of = (measured: readonly Measured[], key: keyof Measured) => median(measured.map((each) => each[key]));
const right = (heading: string) => ({ heading, align: 'right' as const });
console.log(
  formatTable(
    [
      { heading: `${rows.toLocaleString('en-US')} × 20, MEDIAN OF ${values.runs}` },
      ...['WALL', 'CPU', 'PEAK'].map(right),
    ],
    contenders.map(([name], n) => [
      name,
      `${of(took[n]!, 'wall').toFixed(1)} s`,
      `${of(took[n]!, 'cpu').toFixed(1)} s`,
      `${of(took[n]!, 'peak_mb').toFixed(0)} MB`,
    ]),
  ).join('\n'),
);
