import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { type Outcome, outcomeOf } from '../builds/workbench.ts';
import { answerHere } from '../here.ts';
import { VENV } from '../ingest/project.ts';

/** Which project a command works on, by the folder that it is called in. */

const ENV = { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV };

function lifecycle(cwd: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  return answerHere(args, { cwd, env: { ...ENV, ...env } });
}

async function scratch(t: TestContext): Promise<string> {
  const dir = await realpath(await mkdtemp(path.join(tmpdir(), 'lifecycle-lookup-')));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const TEMPLATE = (id: string) =>
  JSON.stringify({
    id,
    attributes: { name: id },
    ingestion: { source: { type: 'local_file', path: 'rows.csv' }, file_format: { type: 'csv' } },
  });

async function makeProject(dir: string, id: string): Promise<void> {
  await mkdir(path.join(dir, 'ingest_templates'), { recursive: true });
  await writeFile(path.join(dir, 'ingest_templates', `${id}.yml`), TEMPLATE(id));
  await writeFile(path.join(dir, 'rows.csv'), 'a\n1\n');
}

const projectOf = ({ stdout }: Outcome) => (JSON.parse(stdout) as { project: string }).project;
const list = async (cwd: string, args: string[] = [], env: Record<string, string> = {}) => {
  const outcome = await lifecycle(cwd, ['--json', ...args, 'list', 'ingest'], env);
  assert.equal(outcome.code, 0, outcome.stderr);
  return { project: projectOf(outcome), stderr: outcome.stderr };
};

test('the nearest project at or above the current folder is the one that is meant', async (t) => {
  const dir = await scratch(t);
  const outer = path.join(dir, 'outer');
  const deep = path.join(outer, 'products', 'p', 'sql');
  const inner = path.join(outer, 'inner');
  const onlyProducts = path.join(dir, 'only-products');
  await makeProject(outer, 'a');
  await makeProject(inner, 'b');
  await mkdir(deep, { recursive: true });
  await mkdir(path.join(onlyProducts, 'products', 'x'), { recursive: true });
  await writeFile(path.join(onlyProducts, 'products', 'products.yml'), 'products: []\n');

  assert.deepEqual(await list(outer), { project: outer, stderr: '' });
  assert.deepEqual(await list(deep), { project: outer, stderr: `project: ${outer}\n` });
  assert.deepEqual(await list(path.join(outer, 'ingest_templates')), {
    project: outer,
    stderr: `project: ${outer}\n`,
  });
  assert.deepEqual(await list(inner), { project: inner, stderr: '' });
  const fromProducts = await outcomeOf(
    spawn(path.join(INSTALLATION, 'bin/lifecycle'), ['--json', 'list', 'builds'], {
      cwd: path.join(onlyProducts, 'products', 'x'),
      env: ENV,
      stdio: 'pipe',
    }),
  );
  assert.equal(projectOf(fromProducts), onlyProducts);
});

test('--project is stronger than LIFECYCLE_PROJECT, and that than the current folder; the sample comes last', async (t) => {
  const dir = await scratch(t);
  const [here, named, other] = ['here', 'named', 'other'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  for (const project of [here, named, other]) await makeProject(project, 'a');
  const env = { LIFECYCLE_PROJECT: named };
  assert.deepEqual(await list(here, ['--project', '../other'], env), { project: other, stderr: '' });
  assert.deepEqual(await list(here, [], env), {
    project: named,
    stderr: `project: ${named} (from LIFECYCLE_PROJECT)\n`,
  });
  assert.deepEqual(await list(here, [], { LIFECYCLE_PROJECT: '' }), { project: here, stderr: '' });

  const sample = path.join(INSTALLATION, 'examples', 'nyc');
  // A file is no folder of templates.
  await writeFile(path.join(dir, 'ingest_templates'), '');
  const nowhere = await list(dir);
  assert.equal(nowhere.project, sample);
  assert.equal(nowhere.stderr, `project: ${sample} (the sample; this folder is in none)\n`);
});

test('git adds nothing of what is made: neither data nor secrets', async (t) => {
  const dir = await scratch(t);
  await makeProject(dir, 'a');
  const git = (...args: string[]) => execFileSync('git', args, { cwd: dir, encoding: 'utf8' });
  git('init', '--quiet');
  const ingested = await lifecycle(dir, ['ingest', 'a', 'v1']);
  assert.equal(ingested.code, 0, ingested.stderr);
  const manifest = await lifecycle(dir, ['airflow', 'manifest']);
  assert.equal(manifest.code, 0, manifest.stderr);
  assert.ok((await readdir(path.join(dir, '.airflow'))).includes('manifest.json'));
  git('add', '-A');
  assert.deepEqual(git('ls-files').trim().split('\n'), ['ingest_templates/a.yml', 'rows.csv']);

  // What a person wrote there, or removed, stays so.
  await writeFile(path.join(dir, '.lifecycle', '.gitignore'), '/.staging/\n');
  await rm(path.join(dir, '.airflow', '.gitignore'));
  assert.equal((await lifecycle(dir, ['ingest', 'a', 'v2'])).code, 0);
  assert.equal((await lifecycle(dir, ['airflow', 'manifest'])).code, 0);
  assert.equal(await readFile(path.join(dir, '.lifecycle', '.gitignore'), 'utf8'), '/.staging/\n');
  assert.ok(!(await readdir(path.join(dir, '.airflow'))).includes('.gitignore'));
  // Readers of the store do not take it for something of theirs.
  const { stdout } = await lifecycle(dir, ['--json', 'list', 'ingest']);
  assert.deepEqual((JSON.parse(stdout) as { ingest: { id: string; versions: number }[] }).ingest.length, 1);
});
