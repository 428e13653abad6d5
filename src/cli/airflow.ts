import path from 'node:path';
import type { Command } from 'commander';
import { homeLayout } from '../airflow/configuration.ts';
import { isUntouchedSample, runDemo } from '../airflow/demo.ts';
import { littleRoom } from '../airflow/disk-watch.ts';
import { readHealth, unhealthyParts } from '../airflow/health.ts';
import { writeManifest } from '../airflow/manifest-file.ts';
import { passwordsFile, secretsFile, writePrivately } from '../airflow/secrets.ts';
import { serve } from '../airflow/server.ts';
import { endLeftovers, type Leftovers, leftovers, runningServer } from '../airflow/server-state.ts';
import { stopServer } from '../airflow/stop.ts';
import { welcome } from '../airflow/welcome.ts';
import { environmentLines, isSecretSetting, workerEnvironment } from '../airflow/worker-environment.ts';
import { EXIT } from '../error-codes.ts';
import { LifecycleError } from '../errors.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';

/** More than its programs may take one after another before they are killed. */
const SERVER_STOPS_WITHIN_MS = 60_000;

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new LifecycleError('LIF_USAGE', `${JSON.stringify(text)} is no port`, { hint: 'use a number from 1 to 65535' });
}

async function start(
  context: CommandContext,
  options: { port?: string; host?: string; database?: string; databasePort?: string; demo?: boolean },
): Promise<ExitCode> {
  const { settings, reporter, signal } = context;
  context.stopWithin(SERVER_STOPS_WITHIN_MS);
  const { host, database } = options;
  const port = parsePort(options.port);
  const databasePort = parsePort(options.databasePort);
  const withDemo = options.demo === true && (await isUntouchedSample(settings));
  let wasReady = false;
  try {
    await serve({ settings, reporter, signal, port, host, database, databasePort }, async (server) => {
      if (withDemo) reporter.log('info', `making the first assets through Airflow; look on at ${server.url}`);
      const made = withDemo ? await runDemo(server.client, reporter, signal) : [];
      wasReady = true;
      if (context.json) {
        const { url, username } = server;
        context.print(JSON.stringify({ url, username, secrets: secretsFile(settings.airflowHome), made }, null, 2));
      } else context.print(welcome(settings, { cwd: context.cwd, isTerminal: context.isTerminal }, server, made));
    });
  } catch (error) {
    // Being told to stop is how a server that is up ends; it has failed at nothing.
    if (!(wasReady && signal.aborted)) throw error;
  }
  return EXIT.done;
}

async function stop(context: CommandContext): Promise<ExitCode> {
  const layout = homeLayout(context.settings.airflowHome);
  const server = await runningServer(layout.state);
  if (!server) {
    const ended = await endLeftovers(layout.state);
    const text =
      ended > 0 ? `no server was running; ${ended} processes that one left are ended` : 'no server is running';
    context.print(context.json ? JSON.stringify({ running: false, ended }) : text);
    return EXIT.done;
  }
  await context.reporter.step(`process ${server.supervisor.pid} asked to stop`, () =>
    stopServer(server, context.signal),
  );
  context.print(context.json ? JSON.stringify({ running: false, stopped: server.supervisor.pid }) : 'stopped');
  return EXIT.done;
}

function notRunning(left: Leftovers | undefined): string {
  if (!left) return 'no server is running';
  const { supervisor, since } = left.state;
  return [
    `no server is running; an earlier one (process ${supervisor.pid}, since ${since}) was cut off and left running:`,
    ...Object.entries(left.processes).map(([name, count]) => `${name}: ${count} process${count === 1 ? '' : 'es'}`),
    'the next start ends them, as does `lifecycle airflow stop`',
  ].join('\n');
}

async function status(context: CommandContext): Promise<ExitCode> {
  const { settings } = context;
  const server = await runningServer(homeLayout(settings.airflowHome).state);
  if (!server) {
    const left = await leftovers(homeLayout(settings.airflowHome).state);
    const facts = { running: false, ...(left && { left: left.processes }) };
    context.print(context.json ? JSON.stringify(facts) : notRunning(left));
    return EXIT.failed;
  }
  const unhealthy = unhealthyParts(await readHealth(server.url));
  const room = await littleRoom(settings.airflowHome);
  if (context.json) {
    const { supervisor, shown_url: url, project, store, since, database, components } = server;
    context.print(
      JSON.stringify(
        {
          running: true,
          healthy: unhealthy.length === 0,
          unhealthy,
          pid: supervisor.pid,
          url,
          project,
          store,
          since,
          database,
          ...(room !== undefined && { full_disk: { left: room } }),
          components,
        },
        null,
        2,
      ),
    );
  } else {
    context.print(
      [
        `url: ${server.shown_url}`,
        `project: ${server.project}`,
        `database: ${server.database}`,
        `since: ${server.since}`,
        `process: ${server.supervisor.pid}`,
        `login: see ${passwordsFile(settings.airflowHome)}`,
        ...(room === undefined ? [] : [`disk: ${room} left where ${settings.airflowHome} lies; make room there`]),
        ...server.components.map(({ name, state, pid }) => {
          const health = unhealthy.includes(name) ? 'not healthy' : 'healthy';
          return `${name}: ${state}${pid === undefined ? '' : `, process ${pid}`}, ${health}`;
        }),
      ].join('\n'),
    );
  }
  return unhealthy.length === 0 ? EXIT.done : EXIT.failed;
}

async function manifest(context: CommandContext, options: { out?: string }): Promise<ExitCode> {
  const file = options.out ?? homeLayout(context.settings.airflowHome).manifest;
  const { manifest: made, changed, broken } = await writeManifest(context.settings, path.resolve(context.cwd, file));
  const facts = { file, changed, hash: made.hash, ingest: made.ingest.length, builds: made.builds.length, broken };
  if (context.json) context.print(JSON.stringify(facts, null, 2));
  else {
    context.print(`${changed ? 'written' : 'unchanged'}: ${file}`);
    context.print(`DAGs: ${facts.ingest} ingest, ${facts.builds} build, ${broken.length} of them broken`);
    for (const { id, reason } of broken) context.print(`broken: ${id}: ${reason}`);
  }
  return EXIT.done;
}

/** Secrets go into a file that only its owner reads, and nowhere else. */
async function env(context: CommandContext, options: { out?: string }): Promise<ExitCode> {
  const all = await workerEnvironment(homeLayout(context.settings.airflowHome).environment);
  if (options.out !== undefined) {
    await writePrivately(path.resolve(context.cwd, options.out), `${environmentLines(all).join('\n')}\n`);
    context.print(context.json ? JSON.stringify({ file: options.out }) : `written: ${options.out}`);
    return EXIT.done;
  }
  const withheld = Object.keys(all).filter(isSecretSetting);
  const shown = Object.fromEntries(Object.entries(all).filter(([name]) => !isSecretSetting(name)));
  const rest = withheld.map((name) => `# ${name}: with --out FILE only`);
  context.print(
    context.json
      ? JSON.stringify({ environment: shown, withheld }, null, 2)
      : [...environmentLines(shown), ...rest].join('\n'),
  );
  return EXIT.done;
}

export function register(program: Command, run: Run): void {
  const airflow = program.command('airflow').description('serve a project in Airflow');
  airflow
    .command('start')
    .description('run Airflow in the foreground until Ctrl-C')
    .option('--port <number>', 'port of the web page (default: 8080, or a free one)')
    .option(
      '--host <address>',
      'let others reach the web page: 0.0.0.0, or an address of this machine (default: 127.0.0.1)',
    )
    .option('--database <where>', 'postgres (our own, the default), sqlite, or the URL of a database')
    .option('--database-port <number>', 'port of our own postgres on 127.0.0.1 (default: a free one at each start)')
    .option('--demo', 'make the first assets, when the sample project has none yet')
    .action(run(start));
  airflow.command('stop').description('end the server that runs on this project').action(run(stop));
  airflow.command('status').description('what runs, where, and whether it is healthy').action(run(status));
  airflow
    .command('env')
    .description('print what a worker on this or another machine needs in its environment')
    .option('--out <file>', 'write it there with its secrets, readable by you alone')
    .action(run(env));
  airflow
    .command('manifest')
    .description('write what Airflow is told about the project')
    .option('--out <file>', 'where to write it (default: into the Airflow home)')
    .action(run(manifest));
}
