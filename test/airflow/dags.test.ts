import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '../../src/airflow/manifest.ts';
import { inAirflow } from './import-dags.ts';
import { copySample, removeProject } from './server-fixture.ts';

const SCRIPT = fileURLToPath(new URL('ask_dags.py', import.meta.url));
const TIME = '2024-05-06T07:08:09+00:00';

interface Seen {
  summary: string;
  partitioned: boolean;
  weights: Record<string, number>;
  run_after: string | null;
  partition_key: string | null;
  refuses: string[];
}

const PRODUCTS = `
- {id: nightly, build_command: 'true', schedule: 30 23 * * *}
- {id: by hand, build_command: 'true'}
- {id: wrong, build_command: 'true', schedule: 61 * * * *}
`;

const template = (id: string, source: string) =>
  `id: ${id}\nacl: public-read\nattributes: {name: ${id}}\ningestion:\n  source: {${source}}\n  file_format: {type: csv}\n`;

const cases: [dag: string, body: unknown, expected: { run_id: string } | RegExp, path?: string][] = [
  ['ingest_asks', { partition_key: '2024a', conf: { versions: [], latest: true } }, { run_id: `2024a__${TIME}` }],
  ['ingest_asks', { partition_key: '2024a' }, { run_id: `2024a__${TIME}` }, '/api/v2/assets/3/materialize'],
  ['ingest_asks', { conf: { versions: ['2024a'] } }, { run_id: `2024a__${TIME}` }],
  ['ingest_asks', { conf: {} }, /a version is needed/, '/at/team/api/v2/dags/ingest_asks/dagRuns'],
  ['ingest_asks', { conf: { versions: ['1', '2', '3'] } }, { run_id: `3_versions__${TIME}` }],
  // Airflow would refuse ids with these letters or that beginning.
  ['ingest_asks', { partition_key: 'ü1' }, { run_id: `manual__${TIME}` }],
  ['ingest_asks', { partition_key: 'scheduled__1' }, { run_id: `manual__${TIME}` }],
  ['ingest_asks', { conf: { versions: [] } }, /a version is needed: write it under Versions, or fill in Partition Key/],
  ['ingest_asks', {}, /a version is needed/],
  ['ingest_asks', { conf: null }, /a version is needed/],
  ['ingest_asks', { partition_key: '2024a', conf: { versions: ['2024b'] } }, /not both/],
  ['ingest_asks', { partition_key: '../up' }, /'..\/up' is no version: use 1 to 100 letters/],
  ['ingest_asks', { conf: { versions: ['2024a', 'a b'] } }, /'a b' is no version: use 1 to 100 letters/],
  // Airflow would speak of the run's id, which is made of it.
  ['ingest_asks', { conf: { versions: ['..'] } }, /'\.\.' is no version/],
  ['ingest_asks', { conf: { versions: ['latest'] } }, /'latest' is no version: .* not latest/],
  // What is no request as Airflow knows it is Airflow's to refuse.
  ['ingest_asks', 'not JSON', { run_id: `manual__${TIME}` }],
  ['ingest_tells', { conf: { versions: [] } }, { run_id: `manual__${TIME}` }],
  ['ingest_tells', { partition_key: '2024a', conf: { versions: ['2024b'] } }, /not both/],
  ['ingest_broken', {}, { run_id: `manual__${TIME}` }],
  ['build_nightly', {}, /a version is needed/],
  ['build_nightly', { partition_key: '24v1' }, { run_id: `24v1__${TIME}` }],
];
const requests: object[] = cases.map(([dag_id, body, _expected, where = `/api/v2/dags/${dag_id}/dagRuns`]) => {
  return { dag_id, path: where, body };
});
// Runs that the scheduler starts, or a command on the server's machine: nothing is known but the key.
const unseen = [
  { dag_id: 'ingest_asks', key: null },
  { dag_id: 'build_nightly', key: '2024-05-06' },
];

let project: string;
let manifest: Manifest;
let report: {
  answers: ({ run_id: string } | { refused: string })[];
  schedules: Record<string, Seen>;
  /** Every description of an asset, by its name. */
  assets: Record<string, string[]>;
  import_errors: Record<string, string>;
};

before(async () => {
  project = await copySample();
  const write = (id: string, text: string) => writeFile(path.join(project, 'ingest_templates', `${id}.yml`), text);
  await write('asks', template('asks', 'type: local_file, path: data.csv'));
  await write('tells', template('tells', 'type: socrata, org: nyc, uid: abcd-1234, format: csv'));
  await write('broken', 'id: broken\n');
  const products = path.join(project, 'products', 'products.yml');
  await writeFile(products, (await readFile(products, 'utf8')).trimEnd() + PRODUCTS);
  const asked = JSON.stringify([...requests, ...unseen]);
  const seen = await inAirflow(project, SCRIPT, [asked, 'build_nightly', 'build_by_hand', 'build_wrong']);
  manifest = seen.manifest;
  report = seen.report as typeof report;
});
after(() => removeProject(project));

test('a request that starts a run names it after its version, and is refused where no version can be told', () => {
  const { answers } = report;
  for (const [i, [dag, body, expected]] of cases.entries()) {
    const answer = answers[i]!;
    const what = `${dag} ${JSON.stringify(body)}: ${JSON.stringify(answer)}`;
    if (expected instanceof RegExp) assert.match('refused' in answer ? answer.refused : '', expected, what);
    else assert.deepEqual(answer, expected, what);
  }
  for (const answer of answers.slice(cases.length)) {
    assert.match('run_id' in answer ? answer.run_id : '', /^manual__2024-05-06T07:08:09/);
  }
});

test('a product with a schedule is built under the day of the run; by hand it takes any version', () => {
  const seen = report.schedules;
  const { run_after, partition_key, weights, ...nightly } = seen.build_nightly!;
  assert.deepEqual(nightly, { summary: '30 23 * * *', partitioned: true, refuses: ['../x', 'latest'] });
  // A build that has begun goes on before another one begins.
  for (const prefix of ['', 'each.']) {
    const [plan, load, build, pack] = ['plan', 'load', 'build', 'package'].map((name) => weights[`${prefix}${name}`]!);
    assert.ok(plan! < load! && load! < build! && build! < pack!, JSON.stringify(weights));
  }
  const due = new Date(run_after!);
  assert.ok(due.getTime() > Date.now() - 1000 && due.getTime() < Date.now() + 25 * 3_600_000, run_after!);
  // Half past eleven at night in New York is the next day in Greenwich.
  const inNewYork = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York', ...options }).format(due);
  assert.equal(partition_key, inNewYork({ dateStyle: 'short' }));
  assert.notEqual(partition_key, due.toISOString().slice(0, 10));
  assert.equal(inNewYork({ timeStyle: 'short', hour12: false }), '23:30');

  for (const id of ['build_by_hand', 'build_wrong']) {
    assert.deepEqual([id, seen[id]?.summary, seen[id]?.run_after], [id, 'versions', null]);
  }
  const wrong = manifest.builds.find((build) => build.id === 'wrong');
  assert.match(wrong?.broken ?? '', /the schedule "61 \* \* \* \*" of wrong cannot be read: "61" is no minute/);
});

test('an asset is described alike wherever a task names it, since Airflow keeps what it saw last', () => {
  const { assets, import_errors } = report;
  assert.deepEqual(import_errors, {});
  // It is an outlet of its own DAG and an inlet of the product's.
  assert.ok('ingest/nyc_boroughs' in assets);
  for (const [name, described] of Object.entries(assets)) assert.equal(described.length, 1, name);
});
