import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import type { Settings } from '../settings/settings.ts';
import { DAGS_FOLDER, PLUGINS_FOLDER } from './environment.ts';
import { addressesOf, LOOPBACK } from './ports.ts';
import { ADMIN, passwordsFile, type Secrets } from './secrets.ts';

/** Where the files of one Airflow home lie. */
export function homeLayout(airflowHome: string) {
  return {
    home: airflowHome,
    manifest: path.join(airflowHome, 'manifest.json'),
    state: path.join(airflowHome, 'server.json'),
    /** What the server runs with, secrets included: for workers. */
    environment: path.join(airflowHome, 'environment.json'),
    lastPort: path.join(airflowHome, 'port'),
    locks: path.join(airflowHome, 'locks'),
    taskLogs: path.join(airflowHome, 'logs'),
    serverLogs: path.join(airflowHome, 'logs', 'server'),
    postgres: path.join(airflowHome, 'postgres'),
    sqlite: path.join(airflowHome, 'airflow.db'),
    /** Says which version of Airflow made the tables of which database. */
    migrated: path.join(airflowHome, 'database.json'),
  };
}

/**
 * The DAG file is parsed when the manifest changes, on our request. Parsing it every few seconds, as Airflow does to
 * notice edits, would keep half a core busy with 225 DAGs; this is how often it is parsed in case a request was lost.
 */
const PARSE_EVERY_SECONDS = 30;
const LOCAL_EXECUTOR = 'LocalExecutor';

const TASKS_A_CORE = 4;
const MOST_TASKS = 64;
/** A task of a small ingest: its Python process and the command. What reads large files keeps itself within bounds. */
const MEMORY_A_TASK = 400e6;
/** What Airflow's own programs and its database need beside the tasks. */
const MEMORY_OF_THE_SERVER = 1.5e9;
/** Airflow's own default for runs of one DAG, and for slots of the pool that every task is in. */
const RUNS_A_DAG = 16;
const SLOTS = 128;

/** What this process and its children may use; a container's limit is below what the machine has. */
function memoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** How many tasks run at once: a task mostly waits, for Airflow, for a download, or for a disk. */
export function defaultParallelism(cores = availableParallelism(), memory = memoryBytes()): number {
  const fitting = Math.floor((memory - MEMORY_OF_THE_SERVER) / MEMORY_A_TASK);
  return Math.max(2, Math.min(cores * TASKS_A_CORE, fitting, MOST_TASKS));
}

/**
 * Limits that fit this machine. An executor that runs tasks elsewhere has workers with limits of their own, and what
 * all of them together can do is for the team to say.
 */
function limits({ value }: Settings, isSqlite: boolean): Record<string, string> {
  if (value('AIRFLOW__CORE__EXECUTOR') !== LOCAL_EXECUTOR) return {};
  // SQLite takes one writer at a time; more of them time out.
  const parallelism = Number(value('AIRFLOW__CORE__PARALLELISM') ?? (isSqlite ? 2 : defaultParallelism()));
  if (!Number.isInteger(parallelism)) return {};
  return {
    AIRFLOW__CORE__PARALLELISM: String(parallelism),
    AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG: String(parallelism),
    AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG: String(Math.max(RUNS_A_DAG, parallelism)),
    // Taken when Airflow makes its tables; later on the pool is edited on its page.
    AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT: String(Math.max(SLOTS, parallelism)),
  };
}

/**
 * The web server answers forty requests at a time, each of which holds a connection to the database, and Airflow allows
 * fifteen: a hundred requests at once, as of ten people with a page open, and nobody is answered for half a minute. They
 * are made when they are needed. A database that is not ours has limits that others set.
 */
export function webServerConnections({ env }: Settings, isOurDatabase: boolean): Record<string, string> {
  const name = 'AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW';
  return isOurDatabase && env[name] === undefined ? { [name]: '60' } : {};
}

/** The web server's URL for the programs of this machine, and for people and workers wherever they are. */
export function serverUrls({ value }: Settings, host: string, port: number): { local: string; forPeople: string } {
  const { local, fromElsewhere } = addressesOf(host);
  const forPeople = value('AIRFLOW__API__BASE_URL')?.replace(/\/+$/, '') || `http://${fromElsewhere}:${port}`;
  return { local: `http://${local}:${port}`, forPeople };
}

/**
 * Airflow's settings as environment variables. Whatever the person has set under the same names wins, so that a team's
 * own executor, auth manager or limits need no change here; only what the options of `start` say is ours.
 */
export function airflowConfiguration(options: {
  settings: Settings;
  secrets: Secrets;
  databaseUrl: string;
  port: number;
  /** Where the web server listens; this machine alone without it. */
  host?: string;
}): Record<string, string> {
  const { settings, secrets, databaseUrl, port, host = LOOPBACK } = options;
  const layout = homeLayout(settings.airflowHome);
  const urls = serverUrls(settings, host, port);
  const defaults: Record<string, string> = {
    AIRFLOW__CORE__EXECUTOR: LOCAL_EXECUTOR,
    AIRFLOW__CORE__DAGS_FOLDER: DAGS_FOLDER,
    AIRFLOW__CORE__PLUGINS_FOLDER: PLUGINS_FOLDER,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'False',
    AIRFLOW__CORE__FERNET_KEY: secrets.fernetKey,
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS: `${ADMIN}:admin`,
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE: passwordsFile(settings.airflowHome),
    AIRFLOW__API__WORKERS: '1',
    AIRFLOW__API__SECRET_KEY: secrets.sessionSecret,
    AIRFLOW__API__EXPOSE_CONFIG: 'False',
    AIRFLOW__API__INSTANCE_NAME: 'lifecycle',
    AIRFLOW__API_AUTH__JWT_SECRET: secrets.jwtSecret,
    // By default a DAG that changed less than 30 s ago is not stored again: the second of two edits would not show.
    AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL: '0',
    AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL: String(PARSE_EVERY_SECONDS),
    AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL: String(PARSE_EVERY_SECONDS),
    AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD: '10',
    AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES: '1',
    AIRFLOW__SCHEDULER__PARSING_CLEANUP_INTERVAL: '10',
    AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME: '0.5',
    // A killed scheduler or worker leaves tasks that only look as if they ran; by default for five minutes.
    AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL: '15',
    AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT: '60',
    // A task outlives a web server that is started again: it asks for about 75 s in all, by default for 15.
    AIRFLOW__WORKERS__EXECUTION_API_RETRIES: '20',
    AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX: '8',
    AIRFLOW__LOGGING__BASE_LOG_FOLDER: layout.taskLogs,
    // Each says of every DAG, whenever the file is parsed, that nothing starts it: 13 MB an hour for 225 DAGs.
    AIRFLOW__LOGGING__NAMESPACE_LEVELS: 'airflow.models.dag=WARNING airflow.serialization.definitions.dag=WARNING',
    AIRFLOW__DAG_PROCESSOR__PRINT_STATS_INTERVAL: '600',
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    ...limits(settings, databaseUrl.startsWith('sqlite:')),
  };
  const own = Object.fromEntries(
    Object.entries(settings.env).filter(([name, value]) => name.startsWith('AIRFLOW__') && value !== undefined),
  ) as Record<string, string>;
  return {
    ...defaults,
    ...own,
    AIRFLOW_HOME: settings.airflowHome,
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: databaseUrl,
    AIRFLOW__API__HOST: host,
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__BASE_URL: urls.forPeople,
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${urls.local}/execution/`,
    LIFECYCLE_PROJECT: settings.projectDir,
    LIFECYCLE_HOME: settings.storeDir,
    LIFECYCLE_AIRFLOW_HOME: settings.airflowHome,
    LIFECYCLE_VENV: settings.venvDir,
    LIFECYCLE_MANIFEST: layout.manifest,
  };
}
