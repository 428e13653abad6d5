import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { outcomeOf, processesWith, Workbench } from './workbench.ts';

/** A bench with one product whose only command is this one. */
async function benchWith(t: TestContext, command: string, files: Record<string, string> = {}): Promise<Workbench> {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p', command, files });
  return bench;
}

const errorOf = (stdout: string) =>
  (JSON.parse(stdout) as { error: { code: string; message: string; exit_code?: number; signal?: string } }).error;

/** Waits until a running command has said `word`. */
function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk;
      if (text.includes(word)) resolve();
    });
    child.once('close', () => reject(new Error(`it ended before it said ${word}: ${text}`)));
  });
}

test('a command that fails fails the build with its exit code and last lines (fault 59)', async (t) => {
  const bench = await benchWith(t, 'echo the reason >&2; exit 7');
  const { code, stdout } = await bench.run(['--json', 'build', 'p', 'k']);
  assert.equal(code, 1);
  const error = errorOf(stdout);
  assert.equal(error.code, 'BLD_COMMAND_FAILED');
  assert.equal(error.exit_code, 7);
  assert.match(error.message, /exit code 7[\s\S]*the reason/);
  assert.match(await bench.read('p', 'k', 'attempt/build.log'), /the reason/);
  assert.equal(existsSync(path.join(bench.partition('p', 'k'), 'output')), false);
  assert.deepEqual(await readdir(path.join(bench.store, '.staging')), []);
});

test('a command that a signal ends is told with the signal (fault 60)', async (t) => {
  const bench = await benchWith(t, 'kill -SEGV $$');
  const { code, stdout } = await bench.runHere(['--json', 'build', 'p', 'k']);
  assert.equal(code, 1);
  assert.deepEqual([errorOf(stdout).code, errorOf(stdout).signal], ['BLD_COMMAND_FAILED', 'SIGSEGV']);
});

test('a command that does not exist is told as such (fault 61)', async (t) => {
  const bench = await benchWith(t, 'no-such-program --flag');
  const { code, stdout } = await bench.runHere(['--json', 'build', 'p', 'k']);
  assert.equal(code, 1);
  assert.equal(errorOf(stdout).code, 'BLD_COMMAND_NOT_FOUND');
});

test('a command that hangs is ended with all that it started, even what left its group (fault 62)', async (t) => {
  const mark = `mark-${randomUUID()}`;
  // One child ignores SIGTERM, one has a session of its own and another parent.
  const bench = await benchWith(t, 'sh hang.sh', {
    'hang.sh': `sh -c 'trap "" TERM; while :; do sleep 1; done # ${mark}' &\n(setsid sh -c 'sleep 300 # ${mark}; true' &)\nsleep 300 # ${mark}\n`,
  });
  const start = performance.now();
  const { code, stdout } = await bench.run(['--json', 'build', 'p', 'k', '--timeout', '1']);
  assert.equal(code, 1);
  assert.equal(errorOf(stdout).code, 'BLD_TIMEOUT');
  assert.ok(performance.now() - start < 20_000);
  assert.deepEqual(await processesWith(mark), []);
});

test('very large output is whole on disk and capped where it is shown (fault 63)', async (t) => {
  const bench = await benchWith(t, 'seq 1 300000; head -c 3000000 /dev/zero | tr "\\0" x; echo; echo end');
  const { code, stderr } = await bench.runHere(['build', 'p', 'k']);
  assert.equal(code, 0);
  assert.ok(stderr.length < 1_000_000, `${stderr.length}`);
  assert.match(stderr, /the rest is in build.log only/);
  const log = (await bench.read('p', 'k', 'build.log')).split('\n');
  assert.equal(log.length, 300_000 + 2 + 3);
  assert.equal(log[300_001]?.length, 3_000_000);
  assert.equal(log.at(-3), 'end');
});

test('control characters and bytes that are no text are shown escaped and kept as they are (fault 64)', async (t) => {
  const bench = await benchWith(t, "printf '\\033[31mred\\033[0m \\007 \\377\\n'; printf 'old\\rnew\\n'");
  const { code, stderr } = await bench.runHere(['build', 'p', 'k']);
  assert.equal(code, 0);
  assert.match(stderr, /\\x1b\[31mred\\x1b\[0m \\x07 \ufffd/);
  assert.match(stderr, /^new$/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may have come through
  assert.doesNotMatch(stderr, /[\u0000-\u0008\u000b-\u001f]/);
  assert.ok((await bench.read('p', 'k', 'build.log')).includes('\u001b[31mred'));
});

test('a grandchild that holds the pipe open does not hold the build (fault 65)', async (t) => {
  const mark = `mark-${randomUUID()}`;
  const bench = await benchWith(t, 'sh leave.sh', { 'leave.sh': `sh -c 'sleep 300; : ${mark}' &\n` });
  const start = performance.now();
  const { code, stderr } = await bench.runHere(['build', 'p', 'k']);
  assert.equal(code, 0, stderr);
  assert.ok(performance.now() - start < 15_000);
  assert.deepEqual(await processesWith(mark), []);
  assert.match(stderr, /left [12] processes running/);
});

test('what is typed stays a literal, whatever a shell would make of it (fault 66)', async (t) => {
  const bench = await benchWith(t, 'printf "%s|%s" "$VERSION" "$EXTRA" > "$BUILD_OUTPUT_DIR/values.txt"');
  const nasty = `"; touch pwned; echo '$(touch pwned) \`touch pwned\``;
  const recipe = 'name: N\nproduct: p\ninputs: {}\n';
  await bench.product({
    id: 'q',
    recipe,
    command: 'printf "%s|%s" "$VERSION" "$EXTRA" > "$BUILD_OUTPUT_DIR/values.txt"',
  });
  const { code, stderr } = await bench.runHere(['build', 'q', 'k', '--version', nasty, '--env', `EXTRA=${nasty}`]);
  assert.equal(code, 0, stderr);
  assert.equal(await bench.read('q', 'k', 'output/values.txt'), `${nasty}|${nasty}`);
  assert.deepEqual(await readdir(path.join(bench.dir, 'products', 'q')), ['recipe.yml']);
});

test("the parent's secrets do not reach a command unless they are named (fault 67)", async (t) => {
  const bench = await benchWith(t, 'env > "$BUILD_OUTPUT_DIR/env.txt"');
  const parent = { AWS_SECRET_ACCESS_KEY: 'hidden-one', TOKEN_FOR_US: 'named-one', BUILD_ENV_X: 'x' };
  await bench.run(['build', 'p', 'k'], { ...parent, LIFECYCLE_BUILD_ENV: 'TOKEN_FOR_US' });
  const env = (await bench.read('p', 'k', 'output/env.txt')).split('\n').map((line) => line.split('=')[0]);
  assert.ok(env.includes('PATH') && env.includes('BUILD_ENV_X') && env.includes('TOKEN_FOR_US'));
  assert.ok(!env.includes('AWS_SECRET_ACCESS_KEY') && !env.includes('LIFECYCLE_VENV'));
  for (const name of [
    'VERSION',
    'BUILD_PRODUCT',
    'BUILD_PARTITION_KEY',
    'BUILD_OUTPUT_DIR',
    'BUILD_INPUTS',
    'TMPDIR',
  ]) {
    assert.ok(env.includes(name), name);
  }
});

test('a secret is masked however it comes out (fault 68)', async (t) => {
  const secret = 'pa55 wörd"&';
  const bench = await benchWith(t, 'node say.mjs', {
    'say.mjs': `
      const secret = process.env.DB_PASSWORD;
      const bytes = Buffer.from(secret);
      process.stdout.write(bytes.subarray(0, 4));
      setTimeout(() => {
        process.stdout.write(bytes.subarray(4));
        console.log();
        console.log(encodeURIComponent(secret), JSON.stringify({ secret }));
        console.log(Buffer.from('user:' + secret + '@').toString('base64'));
        console.error('failed with ' + secret);
        process.exit(1);
      }, 200);
    `,
  });
  const { code, stdout, stderr } = await bench.run(['--json', 'build', 'p', 'k'], {
    DB_PASSWORD: secret,
    LIFECYCLE_BUILD_ENV: 'DB_PASSWORD',
  });
  assert.equal(code, 1);
  const everything = stdout + stderr + (await bench.read('p', 'k', 'attempt/build.log'));
  const base64 = Buffer.from(`user:${secret}@`).toString('base64');
  for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64]) {
    assert.ok(!everything.includes(form), form);
  }
  assert.match(stderr, /failed with \*\*\*/);
});

test('SIGTERM ends the command with all that it started, and leaves nothing half-written (fault 2)', async (t) => {
  const mark = `mark-${randomUUID()}`;
  const bench = await benchWith(t, 'sh slow.sh', { 'slow.sh': `sleep 300 & # ${mark}\necho started\nwait\n` });
  const child = bench.start(['build', 'p', 'k', '--env', `MARK=${mark}`]);
  const outcome = outcomeOf(child);
  await said(child, 'started');
  child.kill('SIGTERM');
  const { code } = await outcome;
  assert.equal(code, 143);
  assert.deepEqual(await processesWith(path.join(bench.dir, 'products')), []);
  assert.deepEqual(await readdir(path.join(bench.store, '.staging')), []);
  assert.deepEqual(await readdir(path.join(bench.store, '.locks')), []);
  assert.equal(existsSync(path.join(bench.partition('p', 'k'), 'output')), false);
});

test('fault 2: a second signal ends a command that hears none, with all that it started', async (t) => {
  const mark = `mark-${randomUUID()}`;
  const bench = await benchWith(t, 'sh deaf.sh', {
    'deaf.sh': `trap "" TERM\n(setsid sh -c 'trap "" TERM; sleep 300 # ${mark}; true' &)\necho started\nsleep 300 # ${mark}\n`,
  });
  const child = bench.start(['build', 'p', 'k']);
  const outcome = outcomeOf(child);
  await said(child, 'started');
  // What it has put behind itself may begin after it has said so.
  while ((await processesWith(mark)).length === 0) await sleep(20);
  child.kill('SIGTERM');
  await sleep(700);
  const since = performance.now();
  child.kill('SIGTERM');
  const { code, stderr } = await outcome;
  assert.equal(code, 143, stderr);
  assert.ok(performance.now() - since < 3_000, 'it took long');
  assert.deepEqual(await processesWith(mark), []);
  assert.deepEqual(await readdir(path.join(bench.store, '.staging')), []);
  assert.deepEqual(await readdir(path.join(bench.store, '.locks')), []);
});

test('a build that is killed leaves the partition as it was, and the same command then succeeds (fault 1)', async (t) => {
  const bench = await benchWith(t, 'sh slow.sh', {
    'slow.sh': 'echo started; if [ "$SLOW" ]; then sleep 60; fi; echo fine > "$BUILD_OUTPUT_DIR/x"\n',
  });
  const child = bench.start(['build', 'p', 'k'], { SLOW: '1', LIFECYCLE_BUILD_ENV: 'SLOW' });
  const ended = outcomeOf(child);
  await said(child, 'started');
  child.kill('SIGKILL');
  child.stdout?.destroy();
  child.stderr?.destroy();
  await ended;
  const { code, stderr } = await bench.run(['build', 'p', 'k']);
  assert.equal(code, 0, stderr);
  assert.equal(await bench.read('p', 'k', 'output/x'), 'fine\n');
  assert.deepEqual(await readdir(path.join(bench.store, '.staging')), []);
});

test('a build that waits to be replaced, or a folder that is none, is the same to list, show and why (fault 1)', async (t) => {
  const bench = await benchWith(t, 'echo fine > "$BUILD_OUTPUT_DIR/x"');
  await bench.runHere(['build', 'p', 'k']);
  await rename(bench.partition('p', 'k'), bench.partition('p', '.k.replaced'));
  await mkdir(bench.partition('p', 'empty'));
  interface Listing {
    builds: { partitions: number; last: string }[];
  }
  const { document } = await bench.runJsonHere<Listing>(['list', 'builds']);
  assert.deepEqual(
    document.builds.map(({ partitions, last }) => [partitions, last]),
    [[1, 'k']],
  );
  const shown = await bench.runJsonHere<{ builds: { partition_key: string }[] }>(['show', 'p']);
  assert.deepEqual(
    shown.document.builds.map(({ partition_key }) => partition_key),
    ['k'],
  );
  for (const args of [
    ['show', 'p@k'],
    ['why', 'p', 'k'],
  ]) {
    const { code, stderr } = await bench.runHere(args);
    assert.equal(code, 0, stderr);
  }
});

test('two builds of one partition: one wins, the other says who holds it (fault 8)', async (t) => {
  const bench = await benchWith(t, 'echo started; sleep 3');
  const first = bench.start(['build', 'p', 'k']);
  const firstOutcome = outcomeOf(first);
  await said(first, 'started');
  const [second, other] = await Promise.all([
    bench.runHere(['build', 'p', 'k']),
    // Another partition is not concerned (fault 9).
    bench.runHere(['build', 'p', 'k2']),
  ]);
  assert.equal(second.code, 75);
  assert.match(second.stderr, new RegExp(`STO_BUSY.*build p k is held by process ${first.pid}`));
  assert.equal(other.code, 0);
  assert.equal((await firstOutcome).code, 0);
  await sleep(0);
});

test('python commands call a function of a module, or its main', async (t) => {
  const bench = await Workbench.make(t);
  const recipe = `
name: N
product: p
inputs: {}
stage_config:
  builds.build:
    commands:
    - {name: f, run: 'mod:write', command_type: python, env: {WORD: one}}
    - {name: m, run: mod, command_type: python, env: {WORD: two}}
`;
  const mod =
    'import os\ndef write(name="f"):\n    open(os.path.join(os.environ["BUILD_OUTPUT_DIR"], name), "w").write(os.environ["WORD"])\ndef main():\n    write("m")\n';
  await bench.product({ id: 'p', recipe, files: { 'mod.py': mod } });
  const { code, stderr } = await bench.runHere(['build', 'p', 'k'], { PYTHONDONTWRITEBYTECODE: '1' });
  assert.equal(code, 0, stderr);
  assert.equal(await bench.read('p', 'k', 'output/f'), 'one');
  assert.equal(await bench.read('p', 'k', 'output/m'), 'two');
});
