import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { outcomeOf } from '../../builds/workbench.ts';
import { IN_SECOND_PART } from '../../second-part.ts';
import { type Served, serve } from '../../sources/fixture.ts';
import { eventually, lifecycle, startLifecycle } from '../server-fixture.ts';
import { server, versionsOf } from './served.ts';

/** As much of a run as shows when it was under way. */
interface SeenRun {
  dag_run_id: string;
  partition_key: string | null;
  state: string;
  queued_at: string;
  end_date: string | null;
}

interface BatchRun {
  template: string;
  version: string;
  state: string;
  attempts: { dag_run_id?: string; code?: string; message?: string; hint?: string }[];
}

const finished = (stdout: string) => JSON.parse(stdout) as { batch: string; runs: BatchRun[]; skipped: object[] };
const statesOf = (runs: readonly BatchRun[]) =>
  Object.fromEntries(runs.map(({ template, version, state }) => [`${template} ${version}`, state]));

async function runsIn(dagId: string, ofBatch = ''): Promise<SeenRun[]> {
  const { dag_runs } = await server.client.request<{ dag_runs: SeenRun[] }>('GET', `/dags/${dagId}/dagRuns?limit=100`);
  return dag_runs.filter(({ dag_run_id }) => dag_run_id.includes(`__batch_${ofBatch}`));
}

/** The most that were under way at a moment. */
function mostAtOnce(runs: readonly SeenRun[]): number {
  const moments = runs.flatMap(({ queued_at, end_date }) => [
    { at: Date.parse(queued_at), step: 1 },
    { at: Date.parse(end_date!), step: -1 },
  ]);
  let [now, most] = [0, 0];
  for (const { step } of moments.toSorted((a, b) => a.at - b.at || a.step - b.step)) {
    now += step;
    most = Math.max(most, now);
  }
  return most;
}

/** Batches through the server, over two generated templates: one of files, one of a source that counts who asks. */
export function batches(): void {
  describe('a batch through Airflow', () => {
    let source: Served;
    let [asking, most] = [0, 0];
    const file = (version: string, content = 'id,name\n1,a\n2,b\n') =>
      writeFile(path.join(server.project, 'data', `batch-${version}.csv`), content);

    before(async () => {
      source = await serve((_request, response) => {
        most = Math.max(most, ++asking);
        response.on('close', () => asking--);
        setTimeout(() => response.writeHead(200, { 'content-type': 'text/csv' }).end('id\n1\n'), 1_500);
      });
      await mkdir(path.join(server.project, 'data'), { recursive: true });
      const templates = {
        batch_files: { type: 'local_file', path: 'data/batch-{{ version }}.csv' },
        batch_polite: { type: 'file_download', url: `${source.url}/{{ version }}.csv` },
      };
      for (const [id, from] of Object.entries(templates)) {
        const template = {
          ...{ id, attributes: { name: id }, ingestion: { source: from, file_format: { type: 'csv' } } },
          columns: [{ id: 'id', data_type: 'text', checks: ['non_nullable'] }],
        };
        await writeFile(path.join(server.project, 'ingest_templates', `${id}.yml`), JSON.stringify(template));
      }
      for (const id of Object.keys(templates)) {
        await eventually(`${id} shows`, 30_000, () =>
          server.client.dag(`ingest_${id}`).then(
            () => true,
            () => false,
          ),
        );
      }
    });
    after(() => source?.[Symbol.asyncDispose]());

    test('each version ends as what it is, within the bounds, and what failed goes again', async () => {
      for (const version of ['01-stands', '02-made', '05-same']) await file(version);
      await file('04-bad', 'id,name\n,a\n2,b\n');
      for (const version of ['01-stands', '05-same']) {
        const made = await lifecycle(server.project, 'ingest', 'batch_files', version);
        assert.equal(made.code, 0, made.stderr);
      }
      const rows = ['batch_files,01-stands,', 'batch_files,02-made,', 'batch_files,03-none,', 'batch_files,04-bad,'];
      rows.push('batch_files,05-same,yes', ...['a', 'b', 'c', 'd', 'e'].map((version) => `batch_polite,${version},`));
      const csv = path.join(server.project, 'batch.csv');
      await writeFile(csv, `template,version,overwrite\n${rows.join('\n')}\n`);
      const bounds = ['--at-once', '4', '--per-host', '2', '--airflow', '--yes'];
      const done = await lifecycle(server.project, '--json', 'backfill', '--csv', csv, ...bounds);
      assert.equal(done.code, 1, done.stderr);
      const { batch, runs, skipped } = finished(done.stdout);
      assert.deepEqual(statesOf(runs), {
        'batch_files 02-made': 'made',
        'batch_files 03-none': 'failed',
        'batch_files 04-bad': 'quarantined',
        'batch_files 05-same': 'unchanged',
        ...Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((version) => [`batch_polite ${version}`, 'made'])),
      });
      const [, missing, bad] = runs.map(({ attempts }) => attempts.at(-1)!);
      assert.equal(missing?.code, 'SRC_NOT_FOUND');
      assert.match(missing.message!, /^there is no local file/);
      assert.equal(bad?.code, 'ING_QUARANTINED');
      assert.match(bad.hint!, /lifecycle show batch_files@04-bad/);
      assert.match(JSON.stringify(skipped), /01-stands.*stands since/);

      // Each is a run of Airflow, found by the key and by the id that the batch knows.
      const seen = [...(await runsIn('ingest_batch_files', batch)), ...(await runsIn('ingest_batch_polite', batch))];
      assert.deepEqual(
        seen.map(({ dag_run_id, partition_key }) => [dag_run_id, partition_key]).sort(),
        runs.map(({ version, attempts }) => [attempts[0]!.dag_run_id, version]).sort(),
      );
      assert.ok(mostAtOnce(seen) <= 4, `${mostAtOnce(seen)} under way`);
      assert.ok(most <= 2, `${most} asked one host`);

      const shown = await lifecycle(server.project, 'backfill', 'show', batch);
      const counts =
        '6 made( \\(\\d with the content of the version before\\))?, 1 unchanged, 1 quarantined, 1 failed, 1 skipped';
      assert.match(shown.stdout, new RegExp(`^batch ${batch}: ${counts}$`, 'm'));
      const again = /again what failed: lifecycle (backfill resume \S+ --failed)/.exec(shown.stdout)?.[1]?.split(' ');
      assert.ok(again);
      await file('03-none');
      const mended = await lifecycle(server.project, '--json', ...again);
      assert.equal(mended.code, 4, mended.stderr);
      assert.equal(statesOf(finished(mended.stdout).runs)['batch_files 03-none'], 'made');
    });

    test('killed, and Airflow away for a while: one command goes on, and each version is triggered once', {
      skip: IN_SECOND_PART,
    }, async () => {
      const versions = Array.from({ length: 10 }, (_, i) => `k${String(i).padStart(2, '0')}`);
      for (const version of versions) await file(version);
      const words = ['backfill', '--ingest', 'batch_files', '--versions', versions.join(), '--at-once', '3', '--yes'];
      const child = startLifecycle(server.project, ...words);
      const killed = outcomeOf(child);
      const begun = async () =>
        (await runsIn('ingest_batch_files')).filter(({ partition_key: key }) => key?.[0] === 'k');
      await eventually('some have begun', 60_000, async () => (await begun()).length >= 4);
      child.kill('SIGKILL');
      const batch = /batch (\S+): 10 versions/.exec((await killed).stderr)?.[1];
      assert.ok(batch);
      const before = await begun();
      assert.ok(before.length < 10, 'it was killed too late');
      // The versions of those that were under way are no longer those of the batch alone: they go on in Airflow.
      await sleep(1_000);

      const resumed = startLifecycle(server.project, '--json', 'backfill', 'resume', batch);
      const ended = outcomeOf(resumed);
      await eventually('it goes on', 60_000, async () => (await begun()).length > before.length);
      const status = await lifecycle(server.project, '--json', 'airflow', 'status');
      const { components } = JSON.parse(status.stdout) as { components: { name: string; pid: number }[] };
      const api = components.find(({ name }) => name === 'api-server');
      assert.ok(api, status.stdout);
      process.kill(api.pid, 'SIGKILL');
      const last = await ended;
      assert.equal(last.code, 0, last.stderr);
      assert.match(last.stderr, /no Airflow answers .* waiting for it/);
      assert.match(last.stderr, /answers again/);
      assert.deepEqual(new Set(finished(last.stdout).runs.map(({ state }) => state)), new Set(['made']));
      const all = await runsIn('ingest_batch_files', batch);
      assert.deepEqual(all.map(({ partition_key }) => partition_key).sort(), versions);
      assert.ok(all.every(({ state }) => state === 'success'));
      assert.ok(mostAtOnce(all) <= 3, `${mostAtOnce(all)} under way`);
      assert.deepEqual(
        (await versionsOf('batch_files')).filter((name) => name.startsWith('k')),
        versions,
      );
    });

    test('a paused DAG is said at once, and not waited for', async () => {
      await server.client.request('PATCH', '/dags/ingest_batch_polite', { is_paused: true });
      const words = ['backfill', '--ingest', 'batch_polite', '--versions', 'z', '--yes'];
      const refused = await lifecycle(server.project, ...words);
      assert.equal(refused.code, 1, refused.stderr);
      assert.match(refused.stdout, /batch_polite +z +AIR_PAUSED: ingest_batch_polite is paused in Airflow/);
      assert.deepEqual(
        (await runsIn('ingest_batch_polite')).filter(({ partition_key }) => partition_key === 'z'),
        [],
      );
    });
  });
}
