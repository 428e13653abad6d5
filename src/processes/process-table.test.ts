import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { listProcesses, noOlderThanUs } from './process-table.ts';

test('what this process may have started is no older than it', { skip: process.platform !== 'linux' }, (t) => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const pids = noOlderThanUs(listProcesses()).map(({ pid }) => pid);
  assert.ok(pids.includes(child.pid!) && pids.includes(process.pid));
  assert.ok(!pids.includes(process.ppid));
});
