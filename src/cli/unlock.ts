import type { Command } from 'commander';
import { homeLayout } from '../airflow/configuration.ts';
import { LifecycleError } from '../errors.ts';
import { lockFile, removeLock } from '../store/claim.ts';
import { allLocks } from '../store/held-claims.ts';
import { type Lock, type LockState, stateOf } from '../store/holder.ts';
import { type StoreLayout, storeLayout } from '../store/layout.ts';
import { clearStaging } from '../store/staging.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './program.ts';
import { formatTable } from './table.ts';

interface Options {
  allDead?: boolean;
  force?: boolean;
}

export function register(program: Command, run: Run): void {
  program
    .command('unlock')
    .description('show what is locked and by whom; remove locks whose holders are gone')
    .argument('[subject...]', 'what is locked, as it is shown, such as: ingest nyc_boroughs 16a')
    .option('--all-dead', 'remove every lock whose holder is gone')
    .option('--force', 'remove the lock although its holder lives; that can then publish nothing')
    .action(run(unlock));
}

interface FoundLock {
  layout: StoreLayout;
  lock: Lock;
  state: LockState;
}

async function unlock(context: CommandContext, words: string[], options: Options): Promise<undefined> {
  if (words.length > 0 && options.allDead)
    throw new LifecycleError('LIF_USAGE', 'give a subject or --all-dead, not both');
  const { storeDir, airflowHome } = context.settings;
  const store = storeLayout(storeDir);
  const layouts = [store, { ...storeLayout(airflowHome), locks: homeLayout(airflowHome).locks }];
  const found: FoundLock[] = [];
  for (const layout of layouts) {
    for (const lock of await allLocks(layout)) found.push({ layout, lock, state: await stateOf(lock) });
  }
  const chosen = words.length > 0 ? [find(found, words.join(' '), options)] : found.filter(({ state }) => state.dead);
  const removed: FoundLock[] = [];
  if (words.length > 0 || options.allDead) {
    for (const each of chosen) if (await removeLock(each.layout, each.lock, options.force === true)) removed.push(each);
    if (options.allDead) await clearStaging(store);
  }
  const isListing = words.length === 0 && !options.allDead;
  if (context.json) {
    const facts = (isListing ? found : removed).map(factsOf);
    context.print(JSON.stringify(isListing ? { locks: facts } : { removed: facts }, null, 2));
  } else if (isListing) context.print(listed(found));
  else
    context.print(removed.map((each) => `removed: ${subjectOf(each)}, ${each.state.why}`).join('\n') || 'none removed');
  return undefined;
}

function find(found: readonly FoundLock[], subject: string, { force }: Options): FoundLock {
  // By its place as well: the lock of a power cut may say nothing.
  const wanted = found.find(({ lock, layout }) => lock.file === lockFile(layout, subject));
  if (!wanted) {
    throw new LifecycleError('STO_NO_LOCK', `${JSON.stringify(subject)} is not locked`, {
      hint: found.length > 0 ? `locked: ${found.map(subjectOf).join('; ')}` : 'nothing is locked',
    });
  }
  if (!wanted.state.dead && !force) {
    throw new LifecycleError('STO_BUSY', `${subject} is locked, and not without a holder: ${wanted.state.why}`, {
      hint: 'wait for it, or end it; with --force the lock goes all the same, and its holder can then publish nothing',
      details: { lock: factsOf(wanted) },
    });
  }
  return wanted;
}

const subjectOf = ({ lock: { holder, file } }: FoundLock) => (holder === 'unreadable' ? file : holder.subject);

function factsOf({ lock: { file, holder }, state: { dead, why } }: FoundLock): Record<string, unknown> {
  if (holder === 'unreadable') return { subject: null, pid: null, host: null, since: null, dead, why, file };
  const { subject, pid, host, since } = holder;
  return { subject, pid, host, since, dead, why, file };
}

function listed(found: readonly FoundLock[]): string {
  if (found.length === 0) return 'nothing is locked';
  const rows = found.map((each) => {
    const { holder } = each.lock;
    const since = holder === 'unreadable' ? '-' : holder.since;
    return [subjectOf(each), each.state.dead ? 'dead' : 'held', since, each.state.why];
  });
  return formatTable(
    [{ heading: 'LOCKED' }, { heading: 'STATE' }, { heading: 'SINCE' }, { heading: 'WHY' }],
    rows,
  ).join('\n');
}
