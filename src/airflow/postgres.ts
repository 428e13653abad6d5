import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LifecycleError } from '../errors.ts';
import type { ComponentPlan } from './component.ts';
import { LOOPBACK } from './ports.ts';
import { type Account, canReach, type PostgresPrograms, postgresPrograms, programsFor } from './postgres-programs.ts';

const run = promisify(execFile);

/** PostgreSQL's data directories belong to one major version; this is the one that package.json brings. */
const MAJOR_VERSION = '18';
const USER = 'airflow';
/** The account that PostgreSQL runs under when we are root, which it refuses to run as. */
const ACCOUNT = 'postgres';

/** How to start the programs of PostgreSQL: under another account when we are root. */
interface Launcher {
  programs: PostgresPrograms;
  uid?: number;
  gid?: number;
  /** Words that go before the program's own command. */
  prefix: string[];
}

async function accountIds(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => (await run('id', [flag, ACCOUNT])).stdout));
    return { uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}

/**
 * Root must hand PostgreSQL to another account, which is made when it is not there. Where that account cannot reach
 * the data (a project below /root), it keeps root's right to pass over file permissions, and nothing else of root.
 */
async function launcherFor(dataDir: string): Promise<Launcher> {
  if (process.getuid?.() !== 0) return { programs: await postgresPrograms(), prefix: [] };
  let ids = await accountIds();
  if (!ids) {
    await run('useradd', ['--system', '--user-group', '--no-create-home', ACCOUNT]).catch((cause) => {
      throw new LifecycleError(
        'AIR_DATABASE',
        `PostgreSQL does not run as root, and no account \`${ACCOUNT}\` could be made`,
        {
          cause,
          hint: 'start as another user, make that account, or choose --database sqlite',
        },
      );
    });
    ids = await accountIds();
  }
  if (!ids) throw new LifecycleError('AIR_DATABASE', `the account \`${ACCOUNT}\` has no ids`);
  const programs = await programsFor(ids);
  if (canReach(ids, path.dirname(dataDir))) return { ...ids, programs, prefix: [] };
  const capabilities = '+dac_override,+dac_read_search';
  return {
    programs,
    prefix: [
      ...['setpriv', `--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'],
      ...[`--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`],
    ],
  };
}

/** A cluster is made aside and moved into place, so that one cut off half-way is never taken for a whole one. */
async function makeCluster(dataDir: string, password: string, launcher: Launcher): Promise<void> {
  const aside = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const owner = process.getuid?.() === 0 ? await accountIds() : undefined;
  if (owner) {
    await chown(aside, owner.uid, owner.gid);
    await chown(passwordFile, owner.uid, owner.gid);
  }
  const [command, ...args] = [
    ...launcher.prefix,
    launcher.programs.initdb,
    ...[`--pgdata=${aside}`, `--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions'],
  ];
  try {
    await run(command!, args, { cwd: '/', uid: launcher.uid, gid: launcher.gid });
    await rename(aside, dataDir);
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? '';
    throw new LifecycleError('AIR_DATABASE', `the database for Airflow could not be made in ${dataDir}: ${said}`, {
      cause,
      hint: 'choose --database sqlite, or the URL of a PostgreSQL of your own',
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(aside, { recursive: true, force: true });
  }
}

async function clusterVersion(dataDir: string): Promise<string | undefined> {
  return readFile(path.join(dataDir, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

/**
 * Prepares a PostgreSQL of our own: the cluster in `dataDir` is made on first use.
 *
 * @returns how to start it, its URL for SQLAlchemy, and whether the cluster is new
 * @throws LifecycleError AIR_DATABASE
 */
export async function preparePostgres(options: {
  dataDir: string;
  port: number;
  password: string;
  logFile: string;
  env: Readonly<Record<string, string | undefined>>;
}): Promise<{ plan: ComponentPlan; url: string }> {
  const { dataDir, port, password } = options;
  const launcher = await launcherFor(dataDir);
  const version = await clusterVersion(dataDir);
  if (version === undefined) await makeCluster(dataDir, password, launcher);
  else if (version !== MAJOR_VERSION) {
    throw new LifecycleError('AIR_DATABASE', `${dataDir} belongs to PostgreSQL ${version}, not ${MAJOR_VERSION}`, {
      hint: "it holds Airflow's history only: move it away to begin a new one",
    });
  }
  const settings = {
    listen_addresses: LOOPBACK,
    unix_socket_directories: '',
    // Losing the last half second of Airflow's history in a power cut costs nothing; the store's files are its truth.
    synchronous_commit: 'off',
    // Those of the web server when many ask it, and Airflow's other programs.
    max_connections: '150',
  };
  const [command, ...args] = [
    ...launcher.prefix,
    ...[launcher.programs.postgres, '-D', dataDir, '-p', String(port)],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  return {
    plan: {
      name: 'postgres',
      command: command!,
      args,
      env: options.env,
      cwd: '/',
      logFile: options.logFile,
      // SIGINT is its "fast shutdown": clients are cut off, nothing is lost (PostgreSQL manual, 18.5).
      stopSignal: 'SIGINT',
      stopWithinMs: 15_000,
      uid: launcher.uid,
      gid: launcher.gid,
    },
    url: `postgresql+psycopg2://${USER}:${password}@${LOOPBACK}:${port}/postgres`,
  };
}

/** Whether the server `pid` takes connections, by lines 1 and 8 of its pid file: process and status (miscadmin.h). */
async function isReady(dataDir: string, pid: number | undefined): Promise<boolean> {
  const lines = (await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}

/** @throws LifecycleError AIR_DATABASE when it does not take connections in time */
export async function waitForPostgres(
  dataDir: string,
  pid: () => number | undefined,
  signal: AbortSignal,
  withinMs = 30_000,
): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await isReady(dataDir, pid()))) {
    signal.throwIfAborted();
    if (Date.now() > until) {
      throw new LifecycleError('AIR_DATABASE', `the database in ${dataDir} did not start within ${withinMs / 1000} s`, {
        hint: 'see logs/server/postgres.log in the Airflow home',
      });
    }
    await sleep(50);
  }
}
