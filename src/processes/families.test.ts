import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { familyOf, killFamilies } from './families.ts';
import { listProcesses, type ProcessRow } from './process-table.ts';

const row = (pid: number, parent: number, group = pid, session = group): ProcessRow => ({
  pid,
  parent,
  group,
  session,
});
const pids = (rows: readonly ProcessRow[]) => rows.map(({ pid }) => pid).sort((a, b) => a - b);

test('a family is a group, its session, and the children of both', () => {
  const rows = [
    row(1, 0),
    row(10, 1),
    row(11, 10, 10, 10),
    // A task: a group of its own, the session of the leader.
    row(12, 11, 12, 10),
    // Its parent is dead, only the session tells where it comes from.
    row(13, 1, 13, 10),
    // A child that left group and session.
    row(14, 12, 14, 14),
    row(20, 1),
    row(21, 20, 20, 20),
  ];
  assert.deepEqual(pids(familyOf(rows, new Set([10]))), [10, 11, 12, 13, 14]);
  assert.deepEqual(pids(familyOf(rows, new Set([20, 10]))), [10, 11, 12, 13, 14, 20, 21]);
  assert.deepEqual(familyOf(rows, new Set([99])), []);
});

test('a group that changed its leader and a dead leader leave nothing behind', async () => {
  // The leader starts a child that ignores SIGTERM, and ends.
  const leader = spawn('/bin/sh', ['-c', 'trap "" TERM; sleep 60 & echo started; exit 0'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await Promise.all([once(leader.stdout, 'data'), once(leader, 'exit')]);
  const group = leader.pid!;
  assert.equal(familyOf(listProcesses(), new Set([group])).length, 1);
  assert.equal(await killFamilies(new Set([group])), 1);
  assert.deepEqual(familyOf(listProcesses(), new Set([group])), []);
  assert.equal(await killFamilies(new Set([group])), 0);
});
