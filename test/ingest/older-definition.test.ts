import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';

const VENV = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');
const TEMPLATE = `id: t
attributes: {name: T}
ingestion:
  source: {type: local_file, path: "data_{{ version }}.csv"}
  file_format: {type: csv}
  processing_steps:
  - {name: clean_column_names, args: {lower: true}}
`;

interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

test('a version that was made by an older definition is shown as such, with the keys that differ', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-older-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await mkdir(path.join(dir, 'ingest_templates'));
  const template = path.join(dir, 'ingest_templates/t.yml');
  for (const version of ['v1', 'v2', 'other']) await writeFile(path.join(dir, `data_${version}.csv`), 'A,B\n1,2\n');
  const run = (...args: string[]) =>
    new Promise<Answer>((resolve) => {
      const env = { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV };
      const command = path.join(INSTALLATION, 'bin', 'lifecycle');
      execFile(command, ['--project', dir, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  const staleOf = async (version: string) => {
    const { versions } = JSON.parse((await run('--json', 'show', 't')).stdout) as {
      versions: { version: string; stale: string[] }[];
    };
    return versions.find((each) => each.version === version)?.stale;
  };
  await writeFile(template, TEMPLATE);
  for (const args of [
    ['t', 'v1'],
    ['t', 'v2'],
    ['t', 'given', '--file', path.join(dir, 'data_other.csv')],
  ]) {
    const { code, stderr } = await run('ingest', ...args);
    assert.equal(code, 0, stderr);
  }
  for (const version of ['v1', 'v2', 'given']) assert.deepEqual(await staleOf(version), [], version);
  assert.equal((await run('list', '--stale')).stdout, 'nothing is stale\n');
  assert.doesNotMatch((await run('show', 't')).stdout, /DEFINITION/);

  await writeFile(template, TEMPLATE.replace('lower: true', 'lower: false').replace('name: T', 'name: Other'));
  await writeFile(path.join(dir, 'data_v2.csv'), 'A,B\n1,2\n');
  assert.equal((await run('ingest', 't', 'v2', '--overwrite')).code, 0);
  const keys = ['attributes.name', 'datasets[0].processing_steps[0].args'];
  assert.deepEqual(await staleOf('v2'), []);
  for (const version of ['v1', 'given']) {
    const found = (await staleOf(version))!;
    assert.ok(
      keys.every((key) => found.some((each) => each.startsWith(key))),
      JSON.stringify(found),
    );
    assert.ok(!found.some((key) => key.startsWith('source')));
  }
  assert.match((await run('show', 't@v1')).stdout, /definition: older: attributes\.name/);
  assert.match((await run('show', 't')).stdout, /older: attributes\.name/);
  const listed = await run('list', '--stale');
  assert.match(listed.stdout, /^t +v1 +older: attributes\.name/m);
  assert.doesNotMatch(listed.stdout, /^t +v2/m);
  // The newest version alone is looked at by a plain listing.
  assert.doesNotMatch((await run('list', 'ingest')).stdout, /older definition/);
  await writeFile(template, TEMPLATE);
  assert.match((await run('list', 'ingest')).stdout, / v2 \(.*older definition\)/);

  await writeFile(template, TEMPLATE.replace('{{ version }}', 'other'));
  assert.deepEqual(await staleOf('v1'), ['source.key']);
});
