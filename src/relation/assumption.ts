/**
 * A large file is read once if its first rows tell what all of it is like, which is nearly always so. What was assumed is
 * checked while the work goes on; where it does not hold, the work begins again and looks at all rows first.
 */

/** What the database says when a later row is not what the first ones promised. */
export const ASSUMPTION = 'the first rows promised something else';
/** What it says of rows that it cannot read, which come up in the middle of a scan as well. */
const UNREADABLE_ROW = /CSV Error on Line|CSV Parser state machine|conjunction with quoted new lines/;

/** Whether an error, or what caused it, is that of a promise that later rows did not keep. */
export function isBrokenAssumption(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes(ASSUMPTION) || UNREADABLE_ROW.test(cause.message)) return true;
  return false;
}

/** Whether SQL ends the work where a row does not keep a promise. */
export function holdsPromise(sql: string): boolean {
  return sql.includes(ASSUMPTION);
}

/** Takes note of something that is being looked into beside the work. */
export type Assume = (holds: Promise<boolean>) => void;

/**
 * Does `work`, and gives its result only if everything that it assumed holds. An error of work that rests on a wrong
 * assumption says nothing; then the assumption is what is thrown.
 */
export async function withAssumptions<T>(work: (assume: Assume) => Promise<T>): Promise<T> {
  const assumptions: Promise<boolean>[] = [];
  const [outcome] = await Promise.allSettled([
    work((holds) => {
      // Its error is taken below; until then nobody may be there for it.
      holds.catch(() => {});
      assumptions.push(holds);
    }),
  ]);
  const held = await Promise.all(assumptions);
  if (held.includes(false)) throw new Error(ASSUMPTION);
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
