import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeIdentity, CodeLock } from './identity.ts';
import { staleReasons } from './staleness.ts';

const code = (versions: Partial<Pick<CodeIdentity, 'python' | 'node'>>): CodeIdentity => ({
  ...{ files: {}, commands: [['build_command', 'x']], env: {}, python: null, node: null },
  ...versions,
});

async function reasons(before: CodeIdentity, after: CodeIdentity): Promise<string[]> {
  const lock: CodeLock = { ...before, format: 1, tree: '', commit: null, dirty: null, made: [] };
  // Without files nothing of the project is looked at.
  const found = await staleReasons({} as Parameters<typeof staleReasons>[0], lock, after);
  return found.map(({ what, change }) => `${what} ${change}`);
}

test('another version of Python or Node is told where both are known', async () => {
  assert.deepEqual(
    await reasons(code({ node: 'v24.1.0', python: '3.13.1' }), code({ node: 'v24.2.0', python: '3.13.2' })),
    ['the version of Python changed', 'the version of Node changed'],
  );
  assert.deepEqual(await reasons(code({ node: 'v24.1.0' }), code({ node: 'v24.1.0' })), []);
});

test('a shell that finds another Node than the server does makes no build stale', async () => {
  assert.deepEqual(await reasons(code({ node: 'v24.1.0' }), code({ node: null })), []);
  assert.deepEqual(await reasons(code({ node: null }), code({ node: 'v24.1.0' })), []);
});
