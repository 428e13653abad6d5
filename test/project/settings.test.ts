import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';
import type { SettingNow } from '../../src/settings/survey.ts';
import { VARIABLES } from '../../src/settings/variables.ts';
import type { Outcome } from '../builds/workbench.ts';
import { answerHere } from '../here.ts';

const scratch = realpathSync(mkdtempSync(path.join(tmpdir(), 'lifecycle-settings-')));
after(() => rmSync(scratch, { recursive: true, force: true }));
mkdirSync(path.join(scratch, 'project', 'ingest_templates'), { recursive: true });
mkdirSync(path.join(scratch, 'other', 'ingest_templates'), { recursive: true });

const { PATH, HOME } = process.env;
const ENV = { PATH, HOME, NO_COLOR: '1', LIFECYCLE_PROJECT: 'project' };

type Lifecycle = (args: string[], env?: Readonly<Record<string, string>>) => Outcome | Promise<Outcome>;

/** What a command says in the scratch folder, with nothing else in its environment. */
const lifecycle: Lifecycle = (args, env) => answerHere(args, { cwd: scratch, env: { ...ENV, ...env } });

/** The same by the binary, which has heard of no secret before. */
const started: Lifecycle = (args, env) => {
  const { status, signal, stdout, stderr } = spawnSync(path.join(INSTALLATION, 'bin', 'lifecycle'), args, {
    ...{ cwd: scratch, env: { ...ENV, ...env }, encoding: 'utf8' },
  });
  return { code: status, signal, stdout, stderr };
};

async function rowsOf(args: string[], env: Readonly<Record<string, string>> = {}, by = lifecycle) {
  const { stdout, stderr, code } = await by(['--json', ...args, 'settings'], env);
  const { settings, unknown } = JSON.parse(stdout) as {
    settings: SettingNow[];
    unknown: { name: string; nearest: string | null }[];
  };
  return { code, stderr, stdout, unknown, rows: new Map(settings.map((row) => [row.name, row])) };
}

test('settings prints every declared variable with its value, where it comes from, and a sentence', async () => {
  const { code, rows, stderr } = await rowsOf([], {
    LIFECYCLE_HOME: 'store',
    LIFECYCLE_TRANSFER: 'attempts=9',
    RECIPES_BUCKET: '',
    LIFECYCLE_ENDPOINT_QPL: 'http://127.0.0.1:9',
  });
  assert.equal(code, 0, stderr);
  assert.deepEqual([...rows.keys()].slice(0, -1), Object.keys(VARIABLES));
  const shown = (name: string) => [rows.get(name)?.value, rows.get(name)?.from];
  assert.deepEqual(shown('LIFECYCLE_PROJECT'), [path.join(scratch, 'project'), 'environment']);
  assert.deepEqual(shown('LIFECYCLE_HOME'), [path.join(scratch, 'store'), 'environment']);
  assert.deepEqual(shown('LIFECYCLE_AIRFLOW_HOME'), [path.join(scratch, '.airflow'), 'default']);
  assert.deepEqual(shown('RECIPES_BUCKET'), ['edm-recipes', 'default']);
  assert.deepEqual(shown('LIFECYCLE_PYTHON'), [null, 'unset']);
  assert.deepEqual(shown('LIFECYCLE_ENDPOINT_QPL'), ['http://127.0.0.1:9', 'environment']);
  assert.match(rows.get('LIFECYCLE_TRANSFER')?.value ?? '', /^attempts=9,firstWaitMs=1000,/);
  for (const row of rows.values()) assert.ok(row.meaning !== '' && row.used_by !== '' && row.takes !== '', row.name);

  const named = (await rowsOf(['--project', 'other'])).rows.get('LIFECYCLE_PROJECT');
  assert.deepEqual([named?.value, named?.from], [path.join(scratch, 'other'), 'option']);
});

test('the text says the same to people', async () => {
  const { code, stdout } = await lifecycle(['settings'], { AWS_REGION: 'eu-west-1' });
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}AWS_REGION = eu-west-1 \(environment\)\n {4}the region that S3 requests are signed for$/m);
  assert.match(stdout, /^ {2}RECIPES_BUCKET = edm-recipes \(default\)$/m);
  assert.match(stdout, /^ {2}LIFECYCLE_PYTHON: not set, so the project's \.venv\/bin\/python, else python3$/m);
});

test('secrets are masked, whatever way they come', async () => {
  const env = {
    SOCRATA_PASSWORD: 'abc',
    AXWAY_SFTP_PRIVATE_KEY_PASSPHRASE: 'opensesame77',
    LIFECYCLE_AIRFLOW_TOKEN: 'tok-4711-4712',
    BUILD_ENGINE_SERVER: 'postgresql://u:sekrit99@h:1',
    AIRFLOW_CONN_LIFECYCLE_S3: 'aws://me:hunter22@h',
    HTTPS_PROXY: 'http://me:proxysecret1@proxy:3128',
    USPS_LOCATIONS_SESSION_HEADERS: '{"cookie": "sessionid1234"}',
  };
  const { rows, stdout } = await rowsOf([], env, started);
  const text = (await started(['settings'], env)).stdout;
  for (const value of [
    '"abc"',
    'opensesame77',
    'tok-4711-4712',
    'sekrit99',
    'hunter22',
    'proxysecret1',
    'sessionid1234',
  ])
    assert.ok(!stdout.includes(value) && !text.includes(value), value);
  assert.deepEqual([rows.get('SOCRATA_PASSWORD')?.value, rows.get('SOCRATA_PASSWORD')?.from], ['***', 'environment']);
  assert.equal(rows.get('AIRFLOW_CONN_LIFECYCLE_S3')?.value, '***');
  assert.match(rows.get('HTTPS_PROXY')?.value ?? '', /\*\*\*@proxy:3128/);
});

test('a value that cannot be is refused before any work, and settings shows what is wrong with it', async () => {
  for (const [name, value, takes] of [
    ['LIFECYCLE_STOP_WITHIN', 'soon', /LIFECYCLE_STOP_WITHIN is "soon", and takes seconds, more than 0 and fewer than/],
    ['LIFECYCLE_LOG', 'jsn', /LIFECYCLE_LOG is "jsn", and takes text or json/],
    ['LIFECYCLE_DEBUG', 'maybe', /LIFECYCLE_DEBUG is "maybe", and takes 1 or 0/],
    ['LIFECYCLE_ARCHIVE_LIMITS', 'ratoi=3', /LIFECYCLE_ARCHIVE_LIMITS: there is no "ratoi"/],
    ['LIFECYCLE_ENDPOINT_QPL', 'mirror', /LIFECYCLE_ENDPOINT_QPL is "mirror", and takes an address/],
  ] as const) {
    const refused = await lifecycle(['list'], { [name]: value });
    assert.deepEqual([refused.code, refused.stdout], [2, ''], refused.stderr);
    assert.match(refused.stderr, /^error LIF_BAD_SETTING: /m);
    assert.match(refused.stderr, takes);
    const { code, rows } = await rowsOf([], { [name]: value });
    assert.equal(code, 2);
    assert.deepEqual([rows.get(name)?.value, rows.get(name)?.problem?.match(takes)?.length], [value, 1]);
  }
});

test('a misspelt name is warned of with the nearest one; names of others are not', async () => {
  const env = { LIFECYCLE_HOEM: '/nowhere', LIFECYCLE_READ_LIMIT: 'x', LIFECYCLE_CASES: 'x', LIFECYLE_HOME: 'x' };
  const { code, stderr } = await lifecycle(['list'], env);
  assert.equal(code, 0);
  assert.deepEqual(stderr.match(/^warning: .*$/gm), [
    'warning: LIFECYCLE_HOEM is no setting; did you mean LIFECYCLE_HOME?',
    'warning: LIFECYCLE_READ_LIMIT is no setting; did you mean LIFECYCLE_READ_LIMITS?',
  ]);
  assert.deepEqual((await rowsOf([], env)).unknown, [
    { name: 'LIFECYCLE_CASES', nearest: null },
    { name: 'LIFECYCLE_HOEM', nearest: 'LIFECYCLE_HOME' },
    { name: 'LIFECYCLE_READ_LIMIT', nearest: 'LIFECYCLE_READ_LIMITS' },
  ]);
});

test('what a server or a build sets for its children is known', async () => {
  const env = {
    LIFECYCLE_MANIFEST: '/m.json',
    LIFECYCLE_BUILD_RUN: '1',
    LIFECYCLE_PYTHON_RUN: '2',
    LIFECYCLE_DCPY_RUN: '3',
    LIFECYCLE_PARENT: '1',
  };
  const { code, stderr } = await lifecycle(['list'], env);
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /warning/);
});
