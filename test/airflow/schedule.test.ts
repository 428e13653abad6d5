import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { importDags, inAirflow } from './import-dags.ts';

interface Seen {
  summary: string;
  partitioned: boolean;
  weights: Record<string, number>;
  run_after: string | null;
  partition_key: string | null;
  refuses: string[];
}

test('a product with a schedule is built under the day of the run; by hand it takes any version', async (t) => {
  const project = await mkdtemp(path.join(tmpdir(), 'lifecycle-schedule-'));
  t.after(() => rm(project, { recursive: true, force: true }));
  await mkdir(path.join(project, 'ingest_templates'));
  await mkdir(path.join(project, 'products'));
  const products = [
    { id: 'nightly', build_command: 'true', schedule: '30 23 * * *' },
    { id: 'by hand', build_command: 'true' },
    { id: 'wrong', build_command: 'true', schedule: '61 * * * *' },
  ];
  await writeFile(path.join(project, 'products', 'products.yml'), JSON.stringify({ products }));
  const script = fileURLToPath(new URL('next_run.py', import.meta.url));
  const { manifest, report } = await inAirflow(project, script, ['build_nightly', 'build_by_hand', 'build_wrong']);
  const seen = report as Record<string, Seen>;

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

test('an asset is described alike wherever a task names it, since Airflow keeps what it saw last', async () => {
  const { assets, import_errors } = await importDags(path.join(INSTALLATION, 'examples', 'nyc'));
  assert.deepEqual(import_errors, {});
  // It is an outlet of its own DAG and an inlet of the product's.
  assert.ok('ingest/nyc_boroughs' in assets);
  for (const [name, described] of Object.entries(assets)) assert.equal(described.length, 1, name);
});
