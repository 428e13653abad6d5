import { removeLock } from './claim.ts';
import { allLocks } from './held-claims.ts';
import { stateOf } from './holder.ts';
import type { StoreLayout } from './layout.ts';
import { clearStaging } from './staging.ts';

/**
 * Removes the locks of this machine's dead processes, with what they had staged. Whoever wants one of these would take it
 * over anyway; until then it stands in every list as if something was going on. Gives what was locked.
 */
export async function sweepDeadLocks(layout: StoreLayout): Promise<string[]> {
  const swept: string[] = [];
  for (const lock of await allLocks(layout)) {
    const { dead, isHere } = await stateOf(lock);
    if (!dead || !isHere || lock.holder === 'unreadable') continue;
    if (await removeLock(layout, lock, false)) swept.push(lock.holder.subject);
  }
  if (swept.length > 0) await clearStaging(layout);
  return swept;
}
