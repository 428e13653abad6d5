// Runs a minute of a burst of ingests, beside as many runs of one task that does nothing, on the same server, in turn.
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { INSTALLATION } from '../src/settings/settings.ts';
import {
  copySample,
  processesOf,
  type RunningServer,
  removeProject,
  startServer,
} from '../test/airflow/server-fixture.ts';

const BARE = `
from airflow.sdk import dag, task

@dag(dag_id="bare", schedule=None)
def bare():
    @task
    def nothing():
        pass
    nothing()

bare()
`;
const POSTED_AT_ONCE = 4;

interface Burst {
  perMinute: number;
  failed: number;
  /** The most that all processes of the server had in memory of their own, and their share of what is common. */
  peakBytes: number;
}

/** Proportional set size of everything that the server has started; a page that five share counts a fifth for each. */
async function memoryOf(home: string): Promise<number> {
  const sizes = await Promise.all(
    (await processesOf(home)).map(async (pid) => {
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function burst(server: RunningServer, dagId: string, keys: readonly (string | undefined)[]): Promise<Burst> {
  const start = performance.now();
  const waiting = [...keys];
  let peakBytes = 0;
  let done = false;
  const watching = (async () => {
    while (!done) {
      peakBytes = Math.max(peakBytes, await memoryOf(server.home));
      await sleep(2_000);
    }
  })();
  const post = async () => {
    while (waiting.length > 0) await server.client.trigger(dagId, { partitionKey: waiting.shift() });
  };
  const before = await ended(server, dagId);
  await Promise.all(Array.from({ length: POSTED_AT_ONCE }, post));
  let now = before;
  while (now.success + now.failed - before.success - before.failed < keys.length) {
    await sleep(500);
    now = await ended(server, dagId);
  }
  const minutes = (performance.now() - start) / 60_000;
  done = true;
  await watching;
  return { perMinute: keys.length / minutes, failed: now.failed - before.failed, peakBytes };
}

async function ended({ client }: RunningServer, dagId: string): Promise<{ success: number; failed: number }> {
  const count = async (state: string) =>
    (await client.request<{ total_entries: number }>('GET', `/dags/${dagId}/dagRuns?state=${state}&limit=1`))
      .total_entries;
  return { success: await count('success'), failed: await count('failed') };
}

/** Starts a server with both DAGs and prints what `runs` of each take, three times in turn after one that warms up. */
export async function burstTimes(runs: number): Promise<void> {
  const project = await copySample();
  const dags = await mkdtemp(path.join(tmpdir(), 'lifecycle-dags-'));
  const ours = path.join(INSTALLATION, 'airflow', 'dags');
  for (const name of await readdir(ours)) {
    if (name.endsWith('.py')) await symlink(path.join(ours, name), path.join(dags, name));
  }
  await writeFile(path.join(dags, 'bare.py'), BARE);
  const server = await startServer(project, { env: { AIRFLOW__CORE__DAGS_FOLDER: dags } });
  try {
    const none = (count: number) => Array.from({ length: count }, () => undefined);
    const versions = (round: string, count: number) => Array.from({ length: count }, (_, i) => `${round}-${i}`);
    const idle = await memoryOf(server.home);
    await burst(server, 'bare', none(4));
    await burst(server, 'ingest_libraries', versions('warm', 4));
    console.log(`${availableParallelism()} cores, ${runs} runs at once; memory idle ${(idle / 1e9).toFixed(2)} GB`);
    for (const round of ['a', 'b', 'c']) {
      const bare = await burst(server, 'bare', none(runs));
      const ingest = await burst(server, 'ingest_libraries', versions(round, runs));
      const ratio = (ingest.perMinute / bare.perMinute).toFixed(2);
      const memory = (burst: Burst) => `${(burst.peakBytes / 1e9).toFixed(2)} GB`;
      console.log(
        `bare ${bare.perMinute.toFixed(0)} a minute (${bare.failed} failed, ${memory(bare)}), ` +
          `ingest ${ingest.perMinute.toFixed(0)} a minute (${ingest.failed} failed, ${memory(ingest)}), ratio ${ratio}`,
      );
    }
  } finally {
    const gone = new Promise((resolve) => server.process.once('exit', resolve));
    server.process.kill('SIGTERM');
    await gone;
    await rm(dags, { recursive: true, force: true });
    await removeProject(project);
  }
}
