import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { IngestProject, VENV } from '../ingest/project.ts';

const run = promisify(execFile);

async function withPlaces(t: TestContext): Promise<IngestProject> {
  const project = await IngestProject.make(t);
  await project.template('places');
  await project.write('places.csv', 'id,name\n1,"a,b"\n2,\n3,"say ""x"""\n');
  await project.ingestHere('places', { version: '2024' });
  return project;
}

test('sql prints a table, CSV or JSON, and writes Parquet once', async (t) => {
  const project = await withPlaces(t);
  const table = await project.runHere(['sql', 'SELECT name, id FROM places@2024 ORDER BY id']);
  assert.equal(table.stdout, 'name     id\na,b       1\n          2\nsay "x"   3\n\n3 rows\n');
  const csv = await project.runHere(['sql', '--csv', 'SELECT id, name FROM places ORDER BY id']);
  assert.equal(csv.stdout, 'id,name\n1,"a,b"\n2,\n3,"say ""x"""\n');
  const json = await project.runJson<{ tables: string[]; columns: unknown[]; rows: unknown[] }>([
    ...['sql', 'SELECT id, name FROM "places@latest" WHERE id < 3 ORDER BY id'],
  ]);
  assert.deepEqual([json.document.tables, json.document.rows.length], [['places@2024'], 2]);
  assert.deepEqual(json.document.rows[1], { id: '2', name: null });
  const write = ['sql', 'SELECT * FROM places', '--parquet', 'out.parquet'];
  assert.equal((await project.runHere(write)).code, 0);
  const again = await project.runHere(write);
  assert.deepEqual([again.code, /LIF_FILE_EXISTS/.test(again.stderr)], [1, true]);
  assert.equal((await project.runHere([...write, '--overwrite'])).code, 0);
  const both = await project.runHere(['sql', 'SELECT count(*) AS n FROM "out.parquet"', '--csv']);
  assert.equal(both.stdout, 'n\n3\n');
  const names = await readdir(project.dir);
  assert.deepEqual(
    names.filter((name) => name.includes('out.parquet')),
    ['out.parquet'],
  );
});

test('a long result goes out as it is read: a reader that leaves is no failure, and the memory stays small', async (t) => {
  const project = await IngestProject.make(t);
  const lifecycle = `${path.join(INSTALLATION, 'bin', 'lifecycle')} --project ${project.dir}`;
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV };
  const { stdout, stderr } = await run(
    'sh',
    ['-c', `${lifecycle} sql --csv 'SELECT * FROM range(20000000)' | head -2`],
    { env },
  );
  assert.deepEqual([stdout, stderr.replace(/^project: .*\n/m, '')], ['range\n0\n', '']);
});

test('a query that runs long is ended by one signal', async (t) => {
  const project = await IngestProject.make(t);
  const endless = 'SELECT count(*) FROM range(100000000000) a, range(100000) b WHERE a.range % 7 = b.range % 11';
  const child = project.start(['sql', endless]);
  // The session has a folder of its own as soon as it is there, and its query is next.
  while ((await project.list('.cache')).length === 0) await wait(20);
  await wait(500);
  child.kill('SIGINT');
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 130);
  assert.deepEqual(await project.list('.cache'), []);
});

test('show prints the first rows, in JSON as texts, and the record also where the file cannot be read', async (t) => {
  const project = await withPlaces(t);
  assert.match((await project.runHere(['show', 'places@2024'])).stdout, /\n\nid {2}name\n {0,2}1 {2}a,b\n/);
  const { document } = await project.runJson<{ first_rows: Record<string, unknown[]> }>(['show', 'places@2024']);
  assert.deepEqual(document.first_rows.places![0], { id: '1', name: 'a,b' });
  await project.write('.lifecycle/ingest/places/2024/places/places.parquet', 'no parquet');
  const broken = await project.runHere(['show', 'places@2024']);
  assert.deepEqual([broken.code, /COLUMN/.test(broken.stdout)], [0, true]);
  assert.match(broken.stderr, /warning: the rows of places cannot be read/);
});
