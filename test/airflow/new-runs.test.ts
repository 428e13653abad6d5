import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inAirflow } from './import-dags.ts';

const SCRIPT = fileURLToPath(new URL('new_runs.py', import.meta.url));
const TIME = '2024-05-06T07:08:09+00:00';

const template = (id: string, source: string) =>
  `id: ${id}\nacl: public-read\nattributes: {name: ${id}}\ningestion:\n  source: {${source}}\n  file_format: {type: csv}\n`;

test('a request that starts a run names it after its version, and is refused where no version can be told', async (t) => {
  const project = await mkdtemp(path.join(tmpdir(), 'lifecycle-new-runs-'));
  t.after(() => rm(project, { recursive: true, force: true }));
  await mkdir(path.join(project, 'ingest_templates'));
  await mkdir(path.join(project, 'products'));
  const write = (id: string, source: string) =>
    writeFile(path.join(project, 'ingest_templates', `${id}.yml`), template(id, source));
  await write('asks', 'type: local_file, path: data.csv');
  await write('tells', 'type: socrata, org: nyc, uid: abcd-1234, format: csv');
  await writeFile(path.join(project, 'ingest_templates', 'broken.yml'), 'id: broken\n');
  const products = [{ id: 'nightly', build_command: 'true', schedule: '30 23 * * *' }];
  await writeFile(path.join(project, 'products', 'products.yml'), JSON.stringify({ products }));

  const cases: [dag: string, body: unknown, expected: { run_id: string } | RegExp, path?: string][] = [
    ['ingest_asks', { partition_key: '2024a', conf: { versions: [], latest: true } }, { run_id: `2024a__${TIME}` }],
    ['ingest_asks', { partition_key: '2024a' }, { run_id: `2024a__${TIME}` }, '/api/v2/assets/3/materialize'],
    ['ingest_asks', { conf: { versions: ['2024a'] } }, { run_id: `2024a__${TIME}` }],
    ['ingest_asks', { conf: {} }, /a version is needed/, '/at/team/api/v2/dags/ingest_asks/dagRuns'],
    ['ingest_asks', { conf: { versions: ['1', '2', '3'] } }, { run_id: `3_versions__${TIME}` }],
    // Airflow would refuse ids with these letters or that beginning.
    ['ingest_asks', { partition_key: 'ü1' }, { run_id: `manual__${TIME}` }],
    ['ingest_asks', { partition_key: 'scheduled__1' }, { run_id: `manual__${TIME}` }],
    [
      'ingest_asks',
      { conf: { versions: [] } },
      /a version is needed: write it under Versions, or fill in Partition Key/,
    ],
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
  const { report } = await inAirflow(project, SCRIPT, [JSON.stringify([...requests, ...unseen])]);
  const answers = report as ({ run_id: string } | { refused: string })[];
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
