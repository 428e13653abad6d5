import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';

// A small installation of its own: the real bin/, and in place of Vite a program that writes what it is called with.
const VITE = `
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
const out = process.env.LIFECYCLE_WEB_OUT;
mkdirSync(out, { recursive: true });
appendFileSync(out + '/index.html', process.argv.slice(2).join(' ') + '\\n');
if (existsSync('web/torn.tsx')) { console.error('torn.tsx: unexpected end'); process.exit(1); }
`;
let dir: string;

const write = async (name: string, content: string) => {
  const file = path.join(dir, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
};
const builds = () => readdir(path.join(dir, 'build', 'web')).catch(() => []);

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-page-'));
  await cp(path.join(INSTALLATION, 'bin'), path.join(dir, 'bin'), { recursive: true });
  await writeFile(path.join(dir, 'bin', 'node'), '#!/bin/sh\nexec node "$@"\n', { mode: 0o755 });
  await write('node_modules/vite/bin/vite.js', VITE);
  await write('package.json', '{"type": "module"}');
  await write('package-lock.json', '{}');
  await write('src/serve/api.ts', '');
  await write('src/counts.ts', '');
  await write('web/src/app.tsx', 'one');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function preparePage(): Promise<{ code: number; said: string }> {
  const script = "import('./bin/bootstrap.mjs').then((b) => b.preparePage())";
  return new Promise((resolve) => {
    execFile('node', ['-e', script], { cwd: dir }, (error, _out, said) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, said });
    });
  });
}

test('the page is built when it has changed, and not again; one build is kept', async () => {
  assert.match((await preparePage()).said, /the page with the versions: /);
  const [first, ...others] = await builds();
  assert.deepEqual(others, []);
  assert.equal((await preparePage()).said, '');
  assert.deepEqual(await builds(), [first]);

  await write('web/src/app.tsx', 'two');
  assert.match((await preparePage()).said, /the page with the versions: /);
  const [second, ...more] = await builds();
  assert.deepEqual(more, []);
  assert.notEqual(second, first);

  await write('web/src/app.tsx', 'one');
  await preparePage();
  assert.deepEqual(await builds(), [first]);
});

test('a build that fails leaves the one before, says why, and stops nothing', async () => {
  await preparePage();
  const before = await builds();
  await write('web/torn.tsx', 'const');
  const { code, said } = await preparePage();
  assert.equal(code, 0);
  assert.match(said, /warning SETUP_PAGE: .*all else works: .*torn\.tsx: unexpected end/s);
  assert.deepEqual(await builds(), before);
});

test('where the sources of the page are missing, all else works', async () => {
  await rm(path.join(dir, 'web'), { recursive: true });
  const { code, said } = await preparePage();
  assert.equal(code, 0);
  assert.match(said, /warning SETUP_PAGE/);
});
