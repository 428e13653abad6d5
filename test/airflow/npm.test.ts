import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { processesWith } from '../builds/workbench.ts';
import { IN_SECOND_PART } from '../second-part.ts';
import { copySample, eventually, processesOf, removeProject } from './server-fixture.ts';

/** The real npm, killed as a supervisor of processes kills it: itself alone, not its group. */

interface Npm {
  process: ChildProcess;
  said(): string;
  /** Resolves when it has said something. */
  until(pattern: RegExp): Promise<void>;
}

function npm(...args: string[]): Npm {
  // Node's test runner would take the tests that npm runs for its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn('npm', args, { cwd: INSTALLATION, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  return {
    process: child,
    said: () => text,
    async until(pattern) {
      while (!pattern.test(text)) {
        assert.equal(child.exitCode ?? child.signalCode, null, text);
        await sleep(50);
      }
    },
  };
}

/** Ends what a failed test has left of npm's group. */
function endAfter(t: TestContext, { process: child }: Npm): void {
  t.after(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // Nothing was left.
    }
  });
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  // An npm that is asked to end does not always pass it on: to be killed is the harder case of each.
  const skip = signal === 'SIGTERM' && IN_SECOND_PART;
  test(`fault 2: ${signal} to the npm of \`npm start\` ends the server with its database`, { skip }, async (t) => {
    const project = await copySample();
    t.after(() => removeProject(project));
    const home = path.join(project, '.airflow');
    const started = npm('start', '--', '--project', project);
    endAfter(t, started);
    await started.until(/^starting api-server/m);
    // A process is in the list once it has its environment, which is a moment after it was begun.
    await eventually('the server has processes', 20_000, async () => processesOf(home).length > 0);
    started.process.kill(signal);
    await once(started.process, 'exit');
    const left = async () => [...processesOf(home), ...(await processesWith(project))];
    await eventually('nothing of the server runs', 40_000, async () => (await left()).length === 0);
  });

  test(`fault 2: ${signal} to the npm of \`npm test\` ends the tests`, { skip }, async (t) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-npm-'));
    t.after(() => rm(dir, { recursive: true, force: true }));
    const file = path.join(dir, 'endless.test.ts');
    await writeFile(
      file,
      `import { test } from 'node:test';
       test('endless', async () => { console.log('begun'); await new Promise((r) => setTimeout(r, 600_000)); });`,
    );
    const started = npm('test', '--', file);
    endAfter(t, started);
    await started.until(/^begun/m);
    started.process.kill(signal);
    await once(started.process, 'exit');
    await eventually('no test runs', 15_000, async () => (await processesWith(file)).length === 0);
  });
}
