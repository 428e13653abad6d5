import type { TestContext } from 'node:test';

/**
 * The tests are in two parts. The first, which `npm test` runs, tests each behaviour; the second, which `npm test -- --all`
 * runs with it, does the same in more places: every moment of a kill, every width of a page, larger files. What is left out
 * begins with these words, by which `npm test` finds and tells it.
 */
const LEFT_OUT = 'SECOND PART: ';

export const BOTH_PARTS = process.env.LIFECYCLE_ALL_TESTS === '1';

/** For `skip` of a test that is of the second part as a whole. */
export const IN_SECOND_PART: string | false = BOTH_PARTS ? false : `${LEFT_OUT}npm test -- --all runs it`;

/** Says what more a test does in the second part. */
export function leavesOut(test: Pick<TestContext, 'diagnostic'>, what: string): void {
  if (!BOTH_PARTS) test.diagnostic(`${LEFT_OUT}${what}`);
}

/** How many of many cases of one kind a test tries: some in the first part, all in both. */
export function casesOf(test: Pick<TestContext, 'diagnostic'>, some: number, all: number): number {
  leavesOut(test, `${all - some} more cases`);
  return BOTH_PARTS ? all : some;
}
