import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { LifecycleError } from '../errors.ts';
import { formatJson, hashText, writeFileDurably } from '../store/files.ts';
import type { ComponentPlan } from './component.ts';
import type { homeLayout } from './configuration.ts';
import type { PythonEnvironment } from './environment.ts';
import { choosePort, freePort } from './ports.ts';
import { preparePostgres } from './postgres.ts';
import type { Secrets } from './secrets.ts';

const run = promisify(execFile);

/** Where Airflow keeps its history. */
export interface MetadataDatabase {
  /** For SQLAlchemy; may hold a password. */
  url: string;
  /** For people, without a password. */
  description: string;
  /** A file that lives as long as it does; undefined for one that is not ours alone. */
  file: string | undefined;
  /** The server to start first, when the database is our own. */
  plan: ComponentPlan | undefined;
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/([^/@:]*)(:[^/@]*)?@/, (_all, user: string) => `//${user}@`);
}

/** @throws LifecycleError LIF_USAGE where it is none of those that `chooseDatabase` takes */
export function requireDatabaseChoice(choice: string): void {
  if (choice === 'sqlite' || choice === 'postgres' || /^[a-z][a-z0-9+]*:\/\//.test(choice)) return;
  throw new LifecycleError('LIF_USAGE', `${JSON.stringify(choice)} is no database`, {
    hint: 'use --database postgres, sqlite, or a URL such as postgresql://user:password@host/name',
  });
}

/**
 * @param choice one that `requireDatabaseChoice` lets pass: `postgres` for our own server, `sqlite`, or the URL of a database as SQLAlchemy writes it
 * @param wantedPort of our own server; without it any free one
 * @throws LifecycleError AIR_DATABASE, AIR_PORT_TAKEN
 */
export async function chooseDatabase(
  choice: string,
  layout: ReturnType<typeof homeLayout>,
  secrets: Secrets,
  env: Readonly<Record<string, string | undefined>>,
  wantedPort?: number,
): Promise<MetadataDatabase> {
  if (choice === 'sqlite') {
    return {
      url: `sqlite:///${layout.sqlite}`,
      description: `SQLite, ${layout.sqlite}`,
      file: layout.sqlite,
      plan: undefined,
    };
  }
  if (choice === 'postgres') {
    const { plan, url } = await preparePostgres({
      dataDir: layout.postgres,
      port: wantedPort === undefined ? await freePort() : (await choosePort(wantedPort)).port,
      password: secrets.databasePassword,
      logFile: `${layout.serverLogs}/postgres.log`,
      env,
    });
    return {
      url,
      description: `PostgreSQL of its own, ${layout.postgres}`,
      file: path.join(layout.postgres, 'PG_VERSION'),
      plan,
    };
  }
  // SQLAlchemy knows no short form as PostgreSQL's own tools do, and without its name takes a driver that is not here.
  const url = choice.replace(/^postgres(?:ql)?:\/\//, 'postgresql+psycopg2://');
  const description = withoutPassword(choice.replace(/^postgres:\/\//, 'postgresql://'));
  return { url, description, file: undefined, plan: undefined };
}

/** Which tables, and what they were made by: a database that was removed and made anew has another inode. */
async function migrationKey(database: MetadataDatabase, airflowVersion: string): Promise<string> {
  const inode = database.file === undefined ? 0 : (await stat(database.file)).ino;
  return hashText(`${airflowVersion} ${database.description} ${inode}`);
}

/** The line of a Python traceback that says what was wrong; SQLAlchemy puts a link and advice after it. */
function lastError(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines.findLast((line) => /^[\w.]+(?:Error|Exception): /.test(line)) ?? lines.at(-1) ?? '';
}

/** Makes Airflow's tables, or brings them up to its version. @throws LifecycleError AIR_DATABASE */
export async function migrateDatabase(options: {
  database: MetadataDatabase;
  environment: PythonEnvironment;
  env: Record<string, string>;
  stampFile: string;
  signal: AbortSignal;
}): Promise<void> {
  const { database, environment, env, stampFile, signal } = options;
  try {
    await run(environment.python, ['-m', 'airflow', 'db', 'migrate'], { env, signal, maxBuffer: 1 << 26 });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const said = lastError((cause as { stderr?: string }).stderr ?? '');
    throw new LifecycleError('AIR_DATABASE', `Airflow's tables could not be made in ${database.description}: ${said}`, {
      cause,
    });
  }
  const key = await migrationKey(database, environment.airflowVersion);
  await writeFileDurably(stampFile, formatJson({ key, airflow: environment.airflowVersion }));
}

/**
 * Whether `migrateDatabase` has work to do. It costs seconds of Python's start, so it is skipped for a database of ours
 * that this version has made; one that others can change is always asked.
 */
export async function needsMigration(
  database: MetadataDatabase,
  environment: PythonEnvironment,
  stampFile: string,
): Promise<boolean> {
  if (database.file === undefined) return true;
  try {
    const { key } = JSON.parse(await readFile(stampFile, 'utf8')) as { key?: string };
    return key !== (await migrationKey(database, environment.airflowVersion));
  } catch {
    return true;
  }
}
