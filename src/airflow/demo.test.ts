import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { INSTALLATION, settingsFrom } from '../settings/settings.ts';
import { AirflowClient } from './client.ts';
import { isUntouchedSample } from './demo.ts';
import type { ReadyServer } from './server.ts';
import { welcome } from './welcome.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lifecycle demo '));
});
after(() => rm(dir, { recursive: true, force: true }));

const settings = (project?: string) =>
  settingsFrom({ LIFECYCLE_HOME: path.join(dir, 'store') }, { project, cwd: dir, stderrIsTerminal: false });

test('only the sample project, and only while nothing is in its store', async () => {
  assert.equal(await isUntouchedSample(settings()), true);
  const copy = path.join(dir, 'copy');
  await cp(path.join(INSTALLATION, 'examples', 'nyc', 'products'), path.join(copy, 'products'), { recursive: true });
  assert.equal(await isUntouchedSample(settings(copy)), false);
  await mkdir(path.join(dir, 'store', 'ingest', 'parks', '2024a'), { recursive: true });
  assert.equal(await isUntouchedSample(settings()), true);
  await writeFile(path.join(dir, 'store', 'ingest', 'parks', '2024a', 'record.json'), '{}');
  assert.equal(await isUntouchedSample(settings()), false);
});

test('the welcome names one URL, one login, what was made, and commands that a shell understands', () => {
  const server: ReadyServer = {
    url: 'http://127.0.0.1:8080',
    username: 'admin',
    password: 'abc',
    passwordIn: '/home/.airflow/passwords.json',
    client: new AirflowClient({ url: 'http://127.0.0.1:8080' }),
    templates: ['libraries', 'nyc_boroughs'],
    broken: [{ id: 'parks', reason: `${dir}/it's here/ingest_templates/parks.yml:3:5: what is wrong` }],
  };
  const made = [{ kind: 'ingest', id: 'libraries', label: '2024a', state: 'success' }] as const;
  const text = welcome(settings(path.join(dir, "it's here")), { cwd: INSTALLATION, isTerminal: true }, server, made);
  assert.match(text, /^Airflow: http:\/\/127\.0\.0\.1:8080$/m);
  assert.match(text, /^login: admin, password: abc$/m);
  assert.match(text, /^ {2}ingest libraries 2024a: success$/m);
  assert.match(text, /^broken: 1, see .*\n {2}parks: ingest_templates\/parks\.yml:3:5: what is wrong$/m);
  // What has not been made yet is what to try.
  assert.match(text, /trigger ingest nyc_boroughs 2024a --wait/);
  assert.ok(text.includes(`bin/lifecycle --project '${dir}/it'\\''s here' list`), text);
  const inJournal = welcome(settings(), { cwd: INSTALLATION, isTerminal: false }, server, made);
  assert.match(inJournal, /^login: admin, password: see .*passwords\.json$/m);
  assert.ok(!inJournal.includes('abc'), inJournal);
});
