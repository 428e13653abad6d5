import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { INSTALLATION } from '../../src/settings/settings.ts';

/** The real npm, in a process group of its own. */
export interface Npm {
  process: ChildProcess;
  said(): string;
  /** Resolves when it has said something. */
  until(pattern: RegExp): Promise<void>;
}

/** Runs it in this installation; what a failed test has left of its group is ended. */
export function npm(t: TestContext, ...args: string[]): Npm {
  // Node's test runner would take the tests that npm runs for its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn('npm', args, { cwd: INSTALLATION, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  t.after(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // Nothing was left.
    }
  });
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
