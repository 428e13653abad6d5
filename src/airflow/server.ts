import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import { atCutOff } from '../processes/cut-off.ts';
import { requireProject } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import { TEMPLATES_FOLDER } from '../project/load-template.ts';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { withClaim } from '../store/claim.ts';
import { sweepDeadLocks } from '../store/dead-locks.ts';
import { writeFileDurably } from '../store/files.ts';
import { makeIgnoredDirectory } from '../store/ignored-directory.ts';
import { storeLayout } from '../store/layout.ts';
import { writingStore } from '../store/write-errors.ts';
import { isAway } from './answers.ts';
import { AirflowClient } from './client.ts';
import type { ComponentPlan } from './component.ts';
import { airflowConfiguration, homeLayout, serverUrls, webServerConnections } from './configuration.ts';
import { chooseDatabase, migrateDatabase, needsMigration, requireDatabaseChoice } from './database.ts';
import { watchDisk } from './disk-watch.ts';
import { baseEnvironment, pythonEnvironment } from './environment.ts';
import { readHealth, unhealthyParts } from './health.ts';
import { watchHealth } from './health-watch.ts';
import type { Manifest } from './manifest.ts';
import { type ManifestReport, readManifest, writeManifest } from './manifest-file.ts';
import { PAGE_SERVER, pageServer } from './page-server.ts';
import { addressesOf, choosePort, LOOPBACK, lastPort } from './ports.ts';
import { waitForPostgres } from './postgres.ts';
import { watchProject } from './project-watch.ts';
import { Reconciler } from './reconcile.ts';
import { ADMIN, ensureSecrets, passwordsFile, type Secrets } from './secrets.ts';
import { endLeftovers, knownProcess, readServerState, type ServerState } from './server-state.ts';
import { StateKeeper } from './state-keeper.ts';
import { Supervisor } from './supervisor.ts';
import { writeServerEnvironment } from './worker-environment.ts';

export interface ServerOptions {
  settings: Settings;
  reporter: Reporter;
  signal: AbortSignal;
  /** A particular port; without one the default, or a free one when that is taken. */
  port: number | undefined;
  /** The address that the web server listens on; without it, this machine alone. */
  host: string | undefined;
  /** The port of a PostgreSQL of our own; without it a free one at each start. */
  databasePort: number | undefined;
  /** `postgres`, `sqlite`, or a URL; without it Airflow's own setting, else `postgres`. */
  database: string | undefined;
}

/** A server that is up. */
export interface ReadyServer {
  /** For people. */
  url: string;
  username: string;
  password: string;
  /** Where the password is, for what must not show it. */
  passwordIn: string;
  client: AirflowClient;
  /** Ids of the templates that can be used. */
  templates: string[];
  /** Templates and products that cannot, each with the file and what is wrong in it. */
  broken: ManifestReport['broken'];
}

/** How long a server may take that is looked after already: one that has much to do is not one that is stuck. */
const HEALTH_ANSWER_WITHIN_MS = 20_000;
const HEALTHY_WITHIN_MS = 240_000;
const DAGS_WITHIN_MS = 120_000;
/** The order is that of the start: the others report to the first. */
const AIRFLOW_COMPONENTS = [
  { name: 'api-server', args: ['api-server'], stopWithinMs: 6_000 },
  // Logs lie on this machine, where the web server reads them; serving them again would open a port to the network.
  { name: 'scheduler', args: ['scheduler', '--skip-serve-logs'], stopWithinMs: 15_000 },
  // These two hold nothing that the next start does not find again.
  { name: 'dag-processor', args: ['dag-processor'], stopWithinMs: 2_500 },
  { name: 'triggerer', args: ['triggerer', '--skip-serve-logs'], stopWithinMs: 2_500 },
] as const;

/**
 * Serves a project until `signal` stops it; `whenReady` runs once everything is healthy. When it returns or throws,
 * nothing that it started is running any more.
 *
 * @throws LifecycleError AIR_BUSY when another server holds the same home; AIR_* when it cannot start
 */
export async function serve(options: ServerOptions, whenReady: (server: ReadyServer) => Promise<void>): Promise<void> {
  const { settings } = options;
  const layout = homeLayout(settings.airflowHome);
  requireDatabaseChoice(wantedDatabase(options));
  // Nothing is written into a folder that is no project; one that is takes longer to read than this look.
  if (!existsSync(path.join(settings.projectDir, TEMPLATES_FOLDER))) {
    requireProject(await loadProject(settings.projectDir));
  }
  const claims = { ...storeLayout(layout.home), locks: layout.locks };
  try {
    await writingStore(claims, async () => {
      await makeIgnoredDirectory(layout.home);
      await mkdir(layout.serverLogs, { recursive: true });
    });
    await writingStore(claims, () => withClaim(claims, 'airflow server', () => serveClaimed(options, whenReady)));
  } catch (error) {
    if (!(error instanceof LifecycleError && error.code === 'STO_BUSY')) throw error;
    const state = await readServerState(layout.state);
    throw new LifecycleError(
      'AIR_BUSY',
      `a server runs on ${settings.airflowHome} already${state ? `: process ${state.supervisor.pid}, ${state.url}` : ''}`,
      { hint: 'use that one, or end it with `lifecycle airflow stop`', details: { url: state?.url } },
    );
  }
}

function wantedDatabase({ database, settings }: ServerOptions): string {
  return database ?? settings.value('AIRFLOW__DATABASE__SQL_ALCHEMY_CONN') ?? 'postgres';
}

async function serveClaimed(options: ServerOptions, whenReady: (server: ReadyServer) => Promise<void>): Promise<void> {
  const { settings, reporter, signal } = options;
  const layout = homeLayout(settings.airflowHome);
  const left = await endLeftovers(layout.state);
  if (left > 0)
    reporter.log('warning', 'an earlier server was cut off; what it left running is ended', { processes: left });
  const swept = await sweepDeadLocks(storeLayout(settings.storeDir));
  if (swept.length > 0) reporter.log('info', `unlocked, since who held it has ended: ${swept.join('; ')}`);

  const environment = await pythonEnvironment(settings);
  const base = baseEnvironment(settings, environment);
  const secrets = await ensureSecrets(settings.airflowHome);
  const { host = LOOPBACK } = options;
  const { port, defaultTaken } = await choosePort(options.port, host, await lastPort(layout.lastPort));
  // On a full disk the next server begins with the default again, and that is all.
  await writeFileDurably(layout.lastPort, `${port}\n`).catch(() => {});
  if (defaultTaken) reporter.log('warning', `port 8080 is taken; using ${port}`);
  if (addressesOf(host).isOpen) reporter.log('warning', `the network reaches ${host}; logins go over it as plain text`);
  const { local: url, forPeople } = serverUrls(settings, host, port);

  const state: ServerState = {
    supervisor: await knownProcess(process.pid),
    url,
    shown_url: forPeople,
    project: settings.projectDir,
    store: settings.storeDir,
    since: new Date().toISOString(),
    database: '',
    ready: false,
    components: [],
    leaders: [],
  };
  const keeper = new StateKeeper(layout.state, state, reporter);
  await keeper.begin();
  const supervisor = new Supervisor(reporter, () => void keeper.save((now) => describe(supervisor, now)));
  const forgetCutOff = atCutOff({ run: () => supervisor.cutOff() });
  const forgetCrash = supervisor.endWithCrash();
  const stopWatchingDisk = watchDisk(layout.home, reporter);
  let stopWatching = () => {};
  let stopWatchingHealth = () => {};
  const page = await pageServer(settings, layout, base);
  const reconciling = new AbortController();
  let reconciled: Promise<void> = Promise.resolve();
  try {
    const report = await reporter.step('project read', () => writeManifest(settings, layout.manifest));
    const database = await reporter.step('database', async () => {
      const chosen = await chooseDatabase(wantedDatabase(options), layout, secrets, base, options.databasePort);
      state.database = chosen.description;
      if (chosen.plan) {
        const component = await supervisor.start(chosen.plan);
        await waitForPostgres(layout.postgres, () => component.pid, signal);
      }
      return chosen;
    });
    const configuration = airflowConfiguration({ settings, secrets, databaseUrl: database.url, port, host });
    const forWorkers = settings.value('AIRFLOW__CORE__EXECUTION_API_SERVER_URL') ?? `${forPeople}/execution/`;
    await writeServerEnvironment(layout.environment, configuration, forWorkers);
    const env = { ...base, ...configuration };
    if (await needsMigration(database, environment, layout.migrated)) {
      await reporter.step("Airflow's tables", () =>
        migrateDatabase({ database, environment, env, stampFile: layout.migrated, signal }),
      );
    }
    signal.throwIfAborted();
    reporter.log(
      'info',
      `starting ${[...AIRFLOW_COMPONENTS.map(({ name }) => name), PAGE_SERVER].join(', ')}; this takes a moment`,
    );
    await reporter.step(`Airflow ${environment.airflowVersion}, all healthy`, async () => {
      const since = new Date();
      const connections = webServerConnections(settings, database.plan !== undefined);
      for (const { name, args, stopWithinMs } of AIRFLOW_COMPONENTS) {
        const plan: ComponentPlan = {
          name,
          command: environment.python,
          args: ['-m', 'airflow', ...args],
          // The plugin of the page runs in the web server, and nowhere else.
          env: name === 'api-server' ? { ...env, ...connections, ...page.env } : env,
          cwd: settings.airflowHome,
          logFile: `${layout.serverLogs}/${name}.log`,
          stopSignal: 'SIGTERM',
          stopWithinMs,
        };
        await supervisor.start(plan);
      }
      await waitUntilHealthy(url, supervisor, since, signal);
      await supervisor.start(page.plan);
    });
    const server = readyServer(settings, { url, forPeople }, secrets, report);
    await reporter.step('DAGs', () => waitForDags(server.client, report.manifest, supervisor, signal));
    stopWatching = watchProject(settings, layout.manifest, report.manifest.hash, reporter, () =>
      server.client.reparse(),
    );
    stopWatchingHealth = watchHealth({
      read: () => readHealth(url, HEALTH_ANSWER_WITHIN_MS),
      restart: (name, reason) => supervisor.restart(name, reason),
      reporter,
    });
    await keeper.save((now) => {
      now.ready = true;
    });
    reconciled = new Reconciler(settings, server.client, reporter).run(
      () => readManifest(layout.manifest),
      reconciling.signal,
    );
    await whenReady(server);
    await untilAborted(signal);
  } finally {
    stopWatchingDisk();
    stopWatching();
    stopWatchingHealth();
    reconciling.abort();
    await reconciled;
    await reporter.step('stopped', () => supervisor.stop());
    forgetCutOff();
    forgetCrash();
    await page.clear();
    await keeper.end();
  }
}

/** What `server.json` tells of the components, as they are now. */
async function describe(supervisor: Supervisor, now: ServerState): Promise<void> {
  now.components = supervisor.components.map(({ plan, state, pid }) => ({ name: plan.name, state, pid }));
  for (const { plan, leaders } of supervisor.components) {
    for (const pid of leaders) {
      if (now.leaders.some((leader) => leader.pid === pid)) continue;
      now.leaders.push({ ...(await knownProcess(pid)), name: plan.name });
    }
  }
}

/** Where another auth manager knows other accounts, the variables that `lifecycle trigger` takes name ours. */
function readyServer(
  { value, airflowHome }: Settings,
  { url, forPeople }: { url: string; forPeople: string },
  secrets: Secrets,
  { manifest, broken }: ManifestReport,
): ReadyServer {
  const username = value('LIFECYCLE_AIRFLOW_USER') ?? ADMIN;
  const given = value('LIFECYCLE_AIRFLOW_PASSWORD');
  const password = given ?? secrets.adminPassword;
  const templates = manifest.ingest.filter((entry) => entry.broken === null).map(({ id }) => id);
  const client = new AirflowClient({ url, username, password });
  const passwordIn = given !== undefined ? 'LIFECYCLE_AIRFLOW_PASSWORD' : passwordsFile(airflowHome);
  return { url: forPeople, username, password, passwordIn, client, templates, broken };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function waitUntilHealthy(url: string, supervisor: Supervisor, since: Date, signal: AbortSignal): Promise<void> {
  const until = Date.now() + HEALTHY_WITHIN_MS;
  for (;;) {
    const missing = unhealthyParts(await readHealth(url), since);
    if (missing.length === 0) return;
    await supervisor.assertHopeful();
    if (Date.now() > until) {
      throw new LifecycleError(
        'AIR_COMPONENT',
        `not healthy after ${HEALTHY_WITHIN_MS / 1000} s: ${missing.join(', ')}`,
        {
          hint: `see ${supervisor.components.map(({ plan }) => plan.logFile).join(', ')}`,
        },
      );
    }
    await sleep(250, undefined, { signal });
  }
}

/** Waits until the web server knows every DAG; a fresh database has none, an old one may have those of an old project. */
async function waitForDags(
  client: AirflowClient,
  manifest: Manifest,
  supervisor: Supervisor,
  signal: AbortSignal,
): Promise<void> {
  const wanted = [...manifest.ingest, ...manifest.builds].map(({ dag_id }) => dag_id);
  const areThere = async () => {
    // Counting is cheap; the list is read once the number could be right.
    if ((await client.countDags()) < wanted.length) return false;
    const known = new Set((await client.dags()).map(({ dag_id }) => dag_id));
    return wanted.every((id) => known.has(id));
  };
  // A web server that ends just now is started again, as at any other time.
  const notYetWhereAway = (error: unknown) => {
    if (isAway(error)) return false;
    throw error;
  };
  const until = Date.now() + DAGS_WITHIN_MS;
  for (;;) {
    if (await areThere().catch(notYetWhereAway)) return;
    await supervisor.assertHopeful();
    if (Date.now() > until) {
      const [error] = await client.importErrors();
      throw new LifecycleError('AIR_COMPONENT', `Airflow does not show the DAGs after ${DAGS_WITHIN_MS / 1000} s`, {
        hint: 'see the logs of the dag-processor in the Airflow home',
        ...(error ? { cause: new Error(error.stack_trace.trim().split('\n').at(-1)) } : {}),
      });
    }
    await sleep(500, undefined, { signal });
  }
}
