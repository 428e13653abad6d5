import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChild } from './child.ts';

test('a command that has ended, and its output with it, leaves no timer for which the process would stay', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  let output = '';
  const { exitCode } = await runChild({
    file: '/bin/echo',
    args: ['said'],
    cwd: '/',
    env: {},
    marker: 'MARKER_OF_TEST',
    masker: { mask: (text) => text, longest: 0 },
    onOutput: (piece) => {
      output += piece;
    },
    timeoutMs: undefined,
    signal: new AbortController().signal,
  });
  assert.deepEqual([exitCode, output], [0, 'said']);
  assert.equal(timers(), before);
});
