import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Settings } from '../../settings/settings.ts';

const run = promisify(execFile);
const MAX_OUTPUT = 256 * 1024 * 1024;

/** Runs git in a folder, reading only; undefined where it fails: no git, no checkout, one that git does not trust. */
export async function git({ env }: Pick<Settings, 'env'>, dir: string, ...args: string[]): Promise<string | undefined> {
  try {
    if (!isInCheckout(dir)) return undefined;
    // Variables such as GIT_DIR, which hooks of git set, would lead to another checkout.
    const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
    const options = { env: { ...clean, LC_ALL: 'C' }, maxBuffer: MAX_OUTPUT };
    return (await run('git', ['-C', dir, '--no-optional-locks', '-c', 'core.fsmonitor=false', ...args], options))
      .stdout;
  } catch {
    return undefined;
  }
}

/** As git finds out, which would take a process for each question. */
function isInCheckout(dir: string): boolean {
  for (let folder = realpathSync(dir); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, '.git'))) return true;
    if (folder === path.dirname(folder)) return false;
  }
}

/** What is checked out in a folder, and whether the folder holds anything else: changed, added or removed files. */
export async function checkout(
  settings: Pick<Settings, 'env'>,
  dir: string,
): Promise<{ commit: string | null; dirty: boolean | null }> {
  const [commit, status] = await Promise.all([
    git(settings, dir, 'rev-parse', '--verify', '--quiet', 'HEAD'),
    git(settings, dir, 'status', '--porcelain', '--untracked-files=all', '--', '.'),
  ]);
  const found = commit?.trim() || null;
  return { commit: found, dirty: found === null || status === undefined ? null : status !== '' };
}

/** ISO time of the commit that changed a file last; undefined for one that none has. */
export async function lastCommitTime(
  settings: Pick<Settings, 'env'>,
  dir: string,
  file: string,
): Promise<string | undefined> {
  const time = (await git(settings, dir, 'log', '-1', '--format=%cI', '--', file))?.trim();
  return time ? new Date(time).toISOString() : undefined;
}
