import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AirflowClient } from '../../src/airflow/client.ts';
import { homeLayout } from '../../src/airflow/configuration.ts';
import { freePort } from '../../src/airflow/ports.ts';
import { readSecrets } from '../../src/airflow/secrets.ts';
import { readServerState } from '../../src/airflow/server-state.ts';
import { processesWithVariable } from '../../src/processes/process-table.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { crowding } from '../crowding.ts';
import { answerHere } from '../here.ts';
import { copySampleProject } from '../sample-project.ts';

export const LIFECYCLE = path.join(INSTALLATION, 'bin', 'lifecycle');

/** A copy of the sample project in a folder of its own, with nothing materialized. */
export async function copySample(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle e2e '));
  const project = path.join(dir, 'sample project');
  await copySampleProject(project);
  return project;
}

/** A copy of the sample project with one more template, whose download takes as long as a test wants. */
export async function sampleWithHeldSource(id: string, source: { url: string }): Promise<string> {
  const project = await copySample();
  const template = {
    id,
    acl: 'public-read',
    attributes: { name: 'A source that takes its time' },
    ingestion: { source: { type: 'file_download', url: source.url }, file_format: { type: 'csv' } },
  };
  await writeFile(path.join(project, 'ingest_templates', `${id}.yml`), JSON.stringify(template));
  return project;
}

function environment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if ((name.startsWith('LIFECYCLE_') && name !== 'LIFECYCLE_VENV') || name.startsWith('AIRFLOW_')) delete env[name];
  }
  // A test that is cut off leaves no server running.
  env.LIFECYCLE_PARENT = String(process.pid);
  return env;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the program to its end on a project. */
export function lifecycle(project: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(LIFECYCLE, ['--project', project, ...args], { env: environment() }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

/** What the program answers, in this process: for what is not about a process of its own. */
export async function answered(project: string, ...args: string[]): Promise<Outcome> {
  const { code, ...said } = await answerHere(['--project', project, ...args], {
    cwd: process.cwd(),
    env: environment(),
  });
  return { ...said, code: code ?? -1 };
}

/** Starts the program on a project. */
export function startLifecycle(project: string, ...args: string[]): ChildProcess {
  return spawn(LIFECYCLE, ['--project', project, ...args], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
}

export interface RunningServer {
  project: string;
  home: string;
  store: string;
  process: ChildProcess;
  client: AirflowClient;
  /** Everything it has written to stderr. */
  said(): string;
}

/** Starts a server on a project, and waits until it says that it is ready. */
export async function startServer(
  project: string,
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<RunningServer> {
  const port = String(await freePort());
  const child = spawn(LIFECYCLE, ['--project', project, '--json', 'airflow', 'start', '--port', port, ...args], {
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'exit');
  while (!stdout.includes('\n}')) {
    const exit = await Promise.race([ended, sleep(100)]);
    if (exit) throw new Error(`the server ended while it started:\n${stderr}`);
  }
  const home = path.join(project, '.airflow');
  const { adminPassword } = await readSecrets(home);
  const { url } = JSON.parse(stdout) as { url: string };
  return {
    project,
    home,
    store: path.join(project, '.lifecycle'),
    process: child,
    client: new AirflowClient({ url, username: 'admin', password: adminPassword }),
    said: () => stderr,
  };
}

/** Pids of every process whose environment names this Airflow home: whatever a server started, wherever it went. */
export function processesOf(home: string): number[] {
  return [...processesWithVariable(`LIFECYCLE_AIRFLOW_HOME=${home}`)];
}

/** The process of a program of the server on this Airflow home; undefined while it has none. */
export async function programOf(home: string, name: string): Promise<number | undefined> {
  const state = await readServerState(homeLayout(home).state);
  return state?.components.find((component) => component.name === name)?.pid;
}

/** Asks until the answer is true; `withinMs` holds for a machine with nothing else to do. */
export async function eventually(
  what: string,
  withinMs: number,
  check: () => Promise<boolean>,
  everyMs = 250,
): Promise<number> {
  const start = Date.now();
  while (!(await check())) {
    const waited = Date.now() - start;
    if (waited > withinMs * crowding()) throw new Error(`not within ${waited} ms: ${what}`);
    await sleep(everyMs);
  }
  return Date.now() - start;
}

export async function removeProject(project: string): Promise<void> {
  await rm(path.dirname(project), { recursive: true, force: true });
}
