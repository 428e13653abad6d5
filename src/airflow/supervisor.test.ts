import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from '../processes/identity.ts';

/** Starts a component with a child of its own, tells its pid, and meets a defect. */
const CRASHES = `
  import { silentReporter } from '${new URL('../report.ts', import.meta.url)}';
  import { Supervisor } from '${new URL('./supervisor.ts', import.meta.url)}';
  const supervisor = new Supervisor(silentReporter, () => {});
  supervisor.endWithCrash();
  const component = await supervisor.start({
    name: 'scheduler', command: '/bin/sh', args: ['-c', 'sleep 60 & wait'], env: process.env, cwd: '/',
    logFile: process.argv[1], stopSignal: 'SIGTERM', stopWithinMs: 1000,
  });
  console.log(component.pid);
  setTimeout(() => { throw new Error('a defect'); }, 300);
`;

test('a defect of ours leaves nothing running', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-supervisor-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const args = ['--input-type=module', '--eval', CRASHES, path.join(dir, 'log')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const [code] = await once(child, 'close');
  assert.notEqual(code, 0);
  const pid = Number(printed);
  assert.ok(pid > 0, printed);
  // A signal has been sent, not delivered, when the process that sent it ends.
  for (let i = 0; i < 100 && (await processIdentity(pid)) !== ''; i++) await sleep(50);
  assert.equal(await processIdentity(pid), '');
});
