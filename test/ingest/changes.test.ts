import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { IngestRequest } from '../../src/ingest/plan.ts';
import { IngestProject, rowsOf } from './project.ts';

/** Faults 46 and 47: columns added, dropped, retyped, renamed at the source; less than last time. */

function csv(rows: number, header = 'id,name,n', row = (i: number) => `${i},name ${i},${i * 2}`): string {
  return `${header}\n${Array.from({ length: rows }, (_, i) => row(i)).join('\n')}\n`;
}

interface Options {
  ingestion?: Record<string, unknown>;
  checks?: unknown[];
}

/** A template `t` whose versions are files of their own. */
async function projectOf(t: TestContext, files: Record<string, string>, options: Options = {}): Promise<IngestProject> {
  const project = await IngestProject.make(t);
  await setTemplate(project, options);
  for (const [version, text] of Object.entries(files)) await project.write(`t_${version}.csv`, text);
  return project;
}

async function setTemplate(project: IngestProject, { ingestion = {}, checks }: Options): Promise<void> {
  const definition = {
    id: 't',
    attributes: { name: 'T' },
    ingestion: {
      source: { type: 'local_file', path: 't_{{ version }}.csv' },
      file_format: { type: 'csv' },
      ...ingestion,
    },
    ...(checks ? { checks } : {}),
  };
  await project.templateText('t', JSON.stringify(definition));
}

const warningLines = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('warning:'));

async function ingested(project: IngestProject, version: string, how: IngestRequest = {}) {
  const outcome = await project.tellHere('t', { version, ...how });
  assert.equal(outcome.code, 0, outcome.stderr);
  return outcome;
}

async function recordOf(project: IngestProject, version: string) {
  const record = await project.readJson('t', version, 'record.json');
  return (record.datasets as Record<string, unknown>[])[0]!;
}

test('fault 47: a fall below half is a warning in log, record, result, show and list; a smaller one is only told', async (t) => {
  const project = await projectOf(t, { v1: csv(1000), v2: csv(600), v3: csv(299) });
  const first = await ingested(project, 'v1');
  assert.deepEqual(warningLines(first.stderr), []);
  assert.doesNotMatch(first.stderr, /since/);

  const second = await ingested(project, 'v2');
  assert.match(second.stderr, /^t since v1: 1,000 → 600 rows \(−40%\)$/m);
  assert.deepEqual(warningLines(second.stderr), []);

  const third = await project.runJson<{ datasets: { warnings: { check: string }[]; changes: unknown }[] }>([
    'ingest',
    't',
    'v3',
  ]);
  const message = 'version v2 had 600 rows, this one has 299: 50.2% fewer';
  assert.deepEqual(warningLines(third.stderr), [`warning: t: ${message} (check: row_count)`]);
  const facts = {
    changes: { since: 'v2', rows: { before: 600, now: 299 } },
    warnings: [{ check: 'row_count', message }],
  };
  const { changes, warnings } = await recordOf(project, 'v3');
  assert.deepEqual({ changes, warnings }, facts);
  assert.deepEqual(third.document.datasets[0], { ...third.document.datasets[0], ...facts });

  const shown = await project.run(['show', 't@v3']);
  assert.match(shown.stdout, new RegExp(`warning: ${message}\\n {2}since v2:\\n {4}600 → 299 rows \\(−50.2%\\)`));
  assert.match((await project.run(['show', 't'])).stdout, /WARNINGS\nv3 .*row_count\nv2 .* -\n/);
  const listed = await project.run(['list', 'ingest']);
  assert.match(listed.stdout, /v3 \(!\)/);
  assert.ok(listed.stderr.includes(`warning: t@v3: ${message}`), listed.stderr);
});

test('a repetition says and changes nothing, also where a version came in between', async (t) => {
  const project = await projectOf(t, { v1: csv(10), v2: csv(3) });
  await ingested(project, 'v1');
  await ingested(project, 'v2');
  const before = await project.read('t', 'v2', 'record.json');
  for (const version of ['v2', 'v1']) {
    const again = await ingested(project, version);
    assert.match(again.stdout, /unchanged, verified/);
    assert.deepEqual(warningLines(again.stderr), []);
    assert.doesNotMatch(again.stderr, /since/);
  }
  assert.equal(await project.read('t', 'v2', 'record.json'), before);
  // Made again it is compared with what it was compared with, not with what came later.
  await project.write('t_v1.csv', csv(9));
  await ingested(project, 'v1', { overwrite: true });
  assert.equal((await recordOf(project, 'v1')).changes, undefined);
});

test('the version before is the newest that is older by what versions say, else the one made last', async (t) => {
  const names = ['24a', '16a', '20a', 'pilot', 'trial'];
  const project = await projectOf(t, Object.fromEntries(names.map((name, i) => [name, csv(10 + i)])));
  const since: unknown[] = [];
  for (const name of names) {
    await ingested(project, name);
    since.push(((await recordOf(project, name)).changes as { since: string } | undefined)?.since);
  }
  assert.deepEqual(since, [undefined, undefined, '16a', '20a', 'pilot']);
  // One that cannot be read does not stand in the way; the next older one takes its place.
  await project.write('.lifecycle/ingest/t/20a/record.json', '{');
  await project.write('t_21a.csv', csv(15));
  await ingested(project, '21a');
  assert.equal(((await recordOf(project, '21a')).changes as { since: string }).since, '16a');
});

test('fault 46: columns dropped, renamed and retyped are a warning; one that is added is told', async (t) => {
  const project = await projectOf(t, {
    v1: csv(5),
    v2: csv(5, 'id,name,n,extra', (i) => `${i},name ${i},${i},x`),
    v3: csv(5, 'id,NAME,n', (i) => `${i},name ${i},${i}.5`),
  });
  await ingested(project, 'v1');
  const second = await ingested(project, 'v2');
  assert.match(second.stderr, /^t since v1: 5 rows as before; columns added: extra$/m);
  assert.deepEqual(warningLines(second.stderr), []);
  const third = await ingested(project, 'v3');
  assert.deepEqual(warningLines(third.stderr), [
    'warning: t: columns are not those of version v2: extra is gone; name is gone, perhaps now called NAME; n was BIGINT and is DOUBLE (check: same_columns)',
  ]);
});

const POINTS = { type: 'csv', geometry: { crs: 'EPSG:2263', geom_column: { x: 'x', y: 'y' } } };
const points = (...rows: string[]) => `x,y\n${rows.join('\n')}\n`;

test('another CRS than before is a warning, and the geometry is compared', async (t) => {
  const project = await projectOf(
    t,
    { v1: points('990000,190000'), v2: points('990000,190000') },
    { ingestion: { file_format: POINTS } },
  );
  await ingested(project, 'v1');
  await setTemplate(project, { ingestion: { file_format: POINTS, target_crs: 'EPSG:4326' } });
  const second = await ingested(project, 'v2');
  assert.deepEqual(warningLines(second.stderr), [
    'warning: t: the CRS was EPSG:2263 in version v1 and is EPSG:4326 (check: same_crs)',
  ]);
  assert.match(second.stderr, /bounding box: \[990000, 190000, 990000, 190000\] → \[-73\.9/);
});

test('what checks refuse is not published, unless it is accepted; a standing version is none the worse', async (t) => {
  const checks = [{ row_count: { args: { max_decrease: 20 } } }, 'same_columns', { same_crs: { warn_only: true } }];
  const project = await projectOf(t, { v1: csv(10), v2: csv(7, 'id,name', (i) => `${i},x`), v3: csv(1) }, { checks });
  await ingested(project, 'v1');
  const refused = await project.tellHere('t', { version: 'v2' });
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /error ING_CHECK_FAILED: .*10 rows, this one has 7: 30% fewer \(row_count\).*n is gone \(same_columns\)\nhint: .*--accept/,
  );
  assert.deepEqual(await project.list('ingest', 't'), ['latest', 'v1']);
  assert.equal(await project.read('t', 'latest'), 'v1\n');

  const accepted = await ingested(project, 'v2', { accept: true });
  assert.match(accepted.stderr, /warning: .*30% fewer \(check: row_count, accepted: true\)/);
  assert.match(accepted.stdout, /^t@v2: published, .*, 2 warnings$/m);
  const { warnings } = await recordOf(project, 'v2');
  assert.deepEqual(
    (warnings as { accepted: boolean }[]).map((each) => each.accepted),
    [true, true],
  );
  assert.match((await ingested(project, 'v2')).stdout, /unchanged, verified/);

  await setTemplate(project, { checks: [{ row_count: { args: { max_decrease: 100 } } }] });
  const quiet = await ingested(project, 'v3');
  assert.deepEqual(warningLines(quiet.stderr), []);
});

test('the project asks of all datasets what their templates leave open', async (t) => {
  const project = await projectOf(t, { v1: csv(10), v2: csv(12), v3: csv(30) });
  await project.write('lifecycle.yml', 'checks:\n- row_count: {args: {max_increase: 10}}\n- same_columns\n');
  await ingested(project, 'v1');
  assert.match((await project.tellHere('t', { version: 'v2' })).stderr, /ING_CHECK_FAILED: .*20% more \(row_count\)/);
  await setTemplate(project, { checks: [{ row_count: { args: { max_increase: 50 } } }] });
  await ingested(project, 'v2');
  assert.match((await project.tellHere('t', { version: 'v3' })).stderr, /ING_CHECK_FAILED: .*150% more/);

  await project.write('lifecycle.yml', 'checks:\n- row_count: {args: {max_increase: 10}}\n- same_colums\n');
  const checked = await project.run(['check']);
  assert.equal(checked.code, 1);
  assert.match(
    checked.stdout,
    /lifecycle\.yml:3:3: error PRJ_WRONG_VALUE: checks\[1\]: there is no check "same_colums"/,
  );
  assert.match(
    (await project.tellHere('t', { version: 'v3' })).stderr,
    /error PRJ_WRONG_VALUE: .*lifecycle\.yml:3:3: /,
  );
});

test('a file that is adopted is compared and checked as one that is made', async (t) => {
  const project = await projectOf(t, { v1: csv(10) }, { checks: [{ row_count: { args: { max_decrease: 20 } } }] });
  await ingested(project, 'v1');
  const file = path.join(project.dir, 'less.parquet');
  await rowsOf(`COPY (SELECT 1::BIGINT AS id, 'a' AS name, 2::BIGINT AS n) TO '${file}' (FORMAT parquet)`, project.dir);
  const refused = await project.run(['adopt', 't', 'v2', file]);
  assert.match(refused.stderr, /ING_CHECK_FAILED: .*10 rows, this one has 1: 90% fewer/);
  const accepted = await project.run(['adopt', 't', 'v2', file, '--accept']);
  assert.match(accepted.stderr, /warning: .*90% fewer \(check: row_count, accepted: true\)/);
});
