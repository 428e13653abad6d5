// Times of the server, in one table: bin/node bench/server.ts [PROJECT_FOR_DAG_TIMES]
// How many runs a minute it does: bin/node bench/server.ts --burst 100
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { INSTALLATION } from '../src/settings/settings.ts';
import { importDags } from '../test/airflow/import-dags.ts';
import {
  copySample,
  LIFECYCLE,
  type RunningServer,
  removeProject,
  startServer,
} from '../test/airflow/server-fixture.ts';

const run = promisify(execFile);
const RUNS = 5;

interface Row {
  what: string;
  seconds: number;
  note: string;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function stop(server: RunningServer): Promise<void> {
  const ended = once(server.process, 'exit');
  server.process.kill('SIGTERM');
  await ended;
}

async function projectTimes(project: string): Promise<Row[]> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-bench-'));
  const manifest: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const out = path.join(dir, `${i}.json`);
    manifest.push(await timed(() => run(LIFECYCLE, ['--project', project, 'airflow', 'manifest', '--out', out])));
  }
  await rm(dir, { recursive: true, force: true });
  const { dags } = await importDags(project);
  const one = Object.keys(dags).sort()[0]!;
  const imported = await importDags(project, [one]);
  const count = `${Object.keys(imported.dags).length} DAGs`;
  return [
    { what: 'manifest, cold process', seconds: median(manifest), note: `${count}, median of ${RUNS}` },
    {
      what: 'DAG file, first import',
      seconds: imported.first_seconds,
      note: `${count}, with Airflow's own lazy imports`,
    },
    { what: 'DAG file, import', seconds: imported.second_seconds, note: count },
    {
      what: 'DAG file, import by a task',
      seconds: imported.alone[one]!.seconds,
      note: '1 DAG, by the parsing context',
    },
  ];
}

async function serverTimes(): Promise<Row[]> {
  const project = await copySample();
  try {
    await stop(await startServer(project));
    const start = performance.now();
    const server = await startServer(project);
    const healthy = (performance.now() - start) / 1000;
    const whole: number[] = [];
    const tasks: number[] = [];
    for (let i = 0; i <= RUNS; i++) {
      const seconds = await timed(async () => {
        const triggered = await server.client.trigger('ingest_libraries', { partitionKey: `v${i}` });
        const done = await server.client.waitForRun(triggered, AbortSignal.timeout(120_000), 100);
        if (done.state !== 'success') throw new Error((await server.client.reasons(done)).join('\n'));
        const [task] = (await server.client.taskInstances(done.dag_id, done.dag_run_id)).filter(
          ({ task_id }) => task_id === 'ingest',
        );
        tasks.push(task?.duration ?? Number.NaN);
      });
      whole.push(seconds);
    }
    const stopping = await timed(() => stop(server));
    return [
      { what: 'second start to all healthy', seconds: healthy, note: '5 processes, sample project' },
      { what: 'first run after the start', seconds: whole[0]!, note: 'workers import Airflow' },
      { what: 'trigger to success', seconds: median(whole.slice(1)), note: `2 tasks, median of ${RUNS}` },
      { what: 'ingest task, start to end', seconds: median(tasks.slice(1)), note: `median of ${RUNS}` },
      { what: 'stop', seconds: stopping, note: 'idle' },
    ];
  } finally {
    await removeProject(project);
  }
}

async function printTimes(project: string): Promise<void> {
  const rows = [...(await projectTimes(project)), ...(await serverTimes())];
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(`${availableParallelism()} cores, Node ${process.versions.node}, ${new Date().toISOString()}`);
  for (const { what, seconds, note } of rows)
    console.log(`${what.padEnd(width)} ${seconds.toFixed(2).padStart(7)} s   ${note}`);
}

if (process.argv[2] === '--burst') await (await import('./burst.ts')).burstTimes(Number(process.argv[3] ?? 100));
else await printTimes(path.resolve(process.argv[2] ?? path.join(INSTALLATION, 'examples', 'nyc')));
