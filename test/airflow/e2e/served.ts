import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DagRun, LogLine, RunRequest, TaskInstance } from '../../../src/airflow/client.ts';
import { LifecycleError } from '../../../src/errors.ts';
import { heldClaims } from '../../../src/store/held-claims.ts';
import { storeLayout } from '../../../src/store/layout.ts';
import { crowding } from '../../crowding.ts';
import { HeldSource } from '../held-source.ts';
import {
  eventually,
  lifecycle,
  processesOf,
  type RunningServer,
  removeProject,
  sampleWithHeldSource,
  startServer,
} from '../server-fixture.ts';

/** What a run may take, on a machine that has nothing else to do. */
const RUN_WITHIN_MS = 120_000;
export const inTime = () => AbortSignal.timeout(RUN_WITHIN_MS * crowding());

/** Somebody who may look and not act. */
export const VIEWER = 'vera';

/** The server that all parts of the end-to-end test are about, on a copy of the sample project. */
export let server: RunningServer;
/** Where `ingest_endless` downloads from. */
export let source: HeldSource;

export async function serve(): Promise<void> {
  source = await HeldSource.start();
  await serveProject(await sampleWithHeldSource('endless', source));
}

/** @param project absolute path; it is removed in the end */
export async function serveProject(project: string): Promise<void> {
  server = await startServer(project, {
    env: { AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS: `admin:admin,${VIEWER}:viewer` },
  });
}

export async function stopServing(): Promise<void> {
  if (server && server.process.exitCode === null) {
    const ended = once(server.process, 'exit');
    server.process.kill('SIGTERM');
    await ended;
  }
  source?.stop();
  if (server) await removeProject(server.project);
}

export async function run(dagId: string, request: RunRequest): Promise<DagRun> {
  const started = await server.client.trigger(dagId, request);
  return server.client.waitForRun(started, inTime(), 500);
}

/** The run that a DAG has had under a key, or under none. */
export async function runOf(dagId: string, partitionKey: string | null): Promise<DagRun> {
  const { dag_runs } = await server.client.request<{ dag_runs: DagRun[] }>('GET', `/dags/${dagId}/dagRuns?limit=100`);
  const [found, ...others] = dag_runs.filter(({ partition_key }) => partition_key === partitionKey);
  assert.ok(found && others.length === 0, `one run of ${dagId} has the key ${partitionKey}`);
  return found;
}

export function tasks({ dag_id, dag_run_id }: DagRun): Promise<TaskInstance[]> {
  return server.client.taskInstances(dag_id, dag_run_id);
}

/** @param version of a mapped task */
export async function logOf(dagRun: DagRun, taskId: string, version?: string): Promise<LogLine[]> {
  const task = (await tasks(dagRun)).find(
    (each) => each.task_id === taskId && (version === undefined || each.rendered_map_index === version),
  );
  assert.ok(task, `${dagRun.dag_id} has a task ${taskId}`);
  return server.client.log(dagRun, task);
}

/** What a task says about its failure, in its own lines; there is no traceback beside them. */
export function saidIn(log: readonly LogLine[]): { errors: string[]; hints: string[] } {
  assert.ok(log.every(({ error_detail }) => error_detail === undefined));
  const ours = log.filter(({ logger }) => logger === 'lifecycle');
  return {
    errors: ours.filter(({ level }) => level === 'error').map(({ event }) => event),
    hints: ours.filter(({ event }) => event.startsWith('hint: ')).map(({ event }) => event),
  };
}

export async function refusal(request: Promise<unknown>): Promise<{ status: unknown; explanation: string }> {
  const error = await request.then(
    () => assert.fail('Airflow took it'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LifecycleError && error.details);
  return { status: error.details.status, explanation: String(error.details.explanation) };
}

export async function versionsOf(template: string): Promise<string[]> {
  const names = await readdir(path.join(server.store, 'ingest', template)).catch(() => []);
  return names.filter((name) => name !== 'latest').sort();
}

export async function staged(): Promise<string[]> {
  return readdir(path.join(server.store, '.staging')).catch(() => []);
}

export function templateFile(id: string): string {
  return path.join(server.project, 'ingest_templates', `${id}.yml`);
}

export async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}

/** Starts an ingest that hangs in its download. */
export async function startEndless(version: string): Promise<DagRun> {
  const started = await server.client.trigger('ingest_endless', { partitionKey: version });
  await eventually('the download has begun', 60_000, async () => source.downloads === 1);
  return started;
}

/** An ingest that is killed while it works, so that its version has failed; what it held stays locked. */
export async function killIngest(template: string, version: string): Promise<void> {
  const { promise: claimed, resolve } = Promise.withResolvers<void>();
  const ended = lifecycle(server.project, 'ingest', template, version);
  const layout = storeLayout(server.store);
  const timer = setInterval(async () => {
    const claim = (await heldClaims(layout)).find(({ subject }) => subject.endsWith(version));
    if (!claim || source.downloads === 0) return;
    clearInterval(timer);
    process.kill(claim.pid, 'SIGKILL');
    resolve();
  }, 50);
  await claimed;
  await ended;
}

/** Processes of the server's tasks that were started for a template. */
export async function commandsRunning(template: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of processesOf(server.home)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.split('\0').includes(template)) found.push(pid);
  }
  return found;
}
