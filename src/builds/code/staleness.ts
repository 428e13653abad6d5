import { stat } from 'node:fs/promises';
import path from 'node:path';
import { inParallel } from '../../in-parallel.ts';
import type { BuildContext } from '../build-options.ts';
import { git, lastCommitTime } from './git.ts';
import { type CodeIdentity, type CodeLock, UNKNOWN, withoutMade } from './identity.ts';
import { codeFolder } from './product-files.ts';

/** One thing by which a build's code is no longer the one that it was made by. */
export interface StaleReason {
  /** A file of the product's folder, a command, a variable. */
  what: string;
  change: 'changed' | 'added' | 'removed';
  /** ISO time, where the file system or git tells it. */
  since: string | null;
}

type Change = Omit<StaleReason, 'since'> & { file?: boolean };

/** Times are looked up for so many files. */
const DATED = 20;

/** What differs between the code that made a build and the code now, files first. */
export async function staleReasons(
  context: Pick<BuildContext, 'settings' | 'product'>,
  lock: CodeLock,
  now: CodeIdentity,
): Promise<StaleReason[]> {
  const current = withoutMade(now, lock.made);
  const files = differences(lock.files, current.files).map((change) => ({ ...change, file: true }));
  const dated = await inParallel(files.slice(0, DATED), 4, async ({ what, change }) => ({
    what,
    change,
    since: await timeOf(context, what, change),
  }));
  const others: Change[] = [
    ...differences(Object.fromEntries(lock.commands), Object.fromEntries(current.commands), (name) =>
      name === 'build_command' ? name : `command ${name}`,
    ),
    ...(lock.env && current.env ? differences(lock.env, current.env, (name) => `variable ${name}`) : []),
    ...versionChanges(lock, current),
  ];
  const names = ({ commands }: CodeIdentity) => commands.map(([name]) => name).join('\n');
  const hashes = ({ commands }: CodeIdentity) => commands.map(([, hash]) => hash).join('\n');
  const known = others.some(({ what }) => what === 'build_command' || what.startsWith('command '));
  const all = [...lock.commands, ...current.commands].every(([, hash]) => hash !== UNKNOWN);
  if (!known && all && (names(lock) !== names(current) || hashes(lock) !== hashes(current))) {
    others.push({ what: 'the order of the commands', change: 'changed' });
  }
  const undated = [...files.slice(DATED), ...others].map(({ what, change }) => ({ what, change, since: null }));
  return [...dated, ...undated];
}

/** A version that one side does not know says nothing: another PATH finds another program, which need not be the builds'. */
function versionChanges(before: CodeIdentity, after: CodeIdentity): Change[] {
  const changed = (old: string | null, fresh: string | null) => old !== null && fresh !== null && old !== fresh;
  return [
    ...(changed(before.python, after.python) ? [{ what: 'the version of Python', change: 'changed' as const }] : []),
    ...(changed(before.node, after.node) ? [{ what: 'the version of Node', change: 'changed' as const }] : []),
  ];
}

function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  label: (name: string) => string = (name) => name,
): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): Change[] => {
    const [old, fresh] = [before, after].map((each) => (Object.hasOwn(each, name) ? each[name] : undefined));
    if (old === fresh || old === UNKNOWN || fresh === UNKNOWN) return [];
    const change = old === undefined ? 'added' : fresh === undefined ? 'removed' : 'changed';
    return [{ what: label(name), change }];
  });
}

/** When a file was changed: by git where it stands as it was committed, else by the file system. */
async function timeOf(
  { settings, product }: Pick<BuildContext, 'settings' | 'product'>,
  file: string,
  change: StaleReason['change'],
): Promise<string | null> {
  const dir = codeFolder(settings, product);
  const clean = (await git(settings, dir, 'status', '--porcelain', '--', file)) === '';
  const committed = clean ? await lastCommitTime(settings, dir, file) : undefined;
  if (committed !== undefined || change === 'removed') return committed ?? null;
  return stat(path.join(dir, file)).then(
    ({ mtime }) => mtime.toISOString(),
    () => null,
  );
}

const SHOWN = 3;

/** `report.py changed, since 2026-03-04 12:30` */
export function describeStale(reasons: readonly StaleReason[]): string {
  const shown = reasons.slice(0, SHOWN).map(({ what, change }) => `${what} ${change}`);
  const more = reasons.length > SHOWN ? ` and ${reasons.length - SHOWN} more` : '';
  const times = reasons.flatMap(({ since }) => since ?? []).sort();
  const since = times[0] === undefined ? '' : `, since ${times[0].slice(0, 16).replace('T', ' ')}`;
  return `${shown.join(', ')}${more}${since}`;
}
