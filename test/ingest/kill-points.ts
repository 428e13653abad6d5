import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { inParallel } from '../../src/in-parallel.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';

/** Where a run is killed that says its changes of the file system by kill-at.mjs. */

const ALL = BOTH_PARTS || process.env.LIFECYCLE_ALL_KILLS === '1';
const AT_ONCE = 2;
/** Of the changes that nobody else can see the first part of the tests takes one of so many. */
const ONE_OF = 16;

/** What others can see: the numbers of these changes, from 1. */
export function visibleChanges(calls: readonly string[]): number[] {
  return calls.flatMap((call, i) => (/^(rename|link|rm) /.test(call) ? [i + 1] : []));
}

/** Kills before each change, or in the first part of the tests before those that others can see and some of the rest. */
export async function killBefore(
  test: TestContext,
  calls: readonly string[],
  killed: (n: number) => Promise<boolean>,
): Promise<void> {
  const visible = visibleChanges(calls);
  const points = calls.map((_, i) => i + 1).filter((n) => ALL || visible.includes(n) || n % ONE_OF === 1);
  if (!ALL) leavesOut(test, `a kill before ${calls.length - points.length} more of ${calls.length} changes`);
  await killEach(points, killed);
  // A run has no more changes than the one that was counted.
  assert.equal(await killed(calls.length + 1), false);
}

/** What comes right after a change is what comes before the next one, but for what DuckDB writes in between. */
export async function killAfter(
  test: TestContext,
  calls: readonly string[],
  killed: (n: number) => Promise<boolean>,
): Promise<void> {
  const visible = visibleChanges(calls);
  const points = ALL ? visible : [visible[0]!, visible.at(-1)!];
  if (!ALL) leavesOut(test, `a kill after ${visible.length - points.length} more of ${visible.length} visible changes`);
  await killEach(points, killed);
}

async function killEach(points: readonly number[], killed: (n: number) => Promise<boolean>): Promise<void> {
  await inParallel(points, AT_ONCE, async (n) => assert.ok(await killed(n), `change ${n} is not made`));
}
