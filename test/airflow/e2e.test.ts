import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { DagRun, LogLine, RunRequest, TaskInstance } from '../../src/airflow/client.ts';
import { runDemo } from '../../src/airflow/demo.ts';
import { readManifest } from '../../src/airflow/manifest-file.ts';
import { Reconciler } from '../../src/airflow/reconcile.ts';
import { readSecrets } from '../../src/airflow/secrets.ts';
import { LifecycleError } from '../../src/errors.ts';
import { silentReporter } from '../../src/report.ts';
import { settingsFrom } from '../../src/settings/settings.ts';
import { hashFile } from '../../src/store/files.ts';
import {
  copySample,
  EndlessSource,
  eventually,
  lifecycle,
  processesOf,
  type RunningServer,
  removeProject,
  startServer,
} from './server-fixture.ts';

const RUN_WITHIN_MS = 120_000;
/** What an edited template may take to show in the UI. */
const EDIT_SHOWS_WITHIN_MS = 15_000;

let server: RunningServer;
let source: EndlessSource;

async function run(dagId: string, request: RunRequest): Promise<DagRun> {
  const started = await server.client.trigger(dagId, request);
  return server.client.waitForRun(started, AbortSignal.timeout(RUN_WITHIN_MS), 500);
}

function tasks({ dag_id, dag_run_id }: DagRun): Promise<TaskInstance[]> {
  return server.client.taskInstances(dag_id, dag_run_id);
}

async function logOf(dagRun: DagRun, taskId: string): Promise<LogLine[]> {
  const task = (await tasks(dagRun)).find((each) => each.task_id === taskId);
  assert.ok(task, `${dagRun.dag_id} has a task ${taskId}`);
  return server.client.log(dagRun, task);
}

/** What a task says about its failure, in its own lines; there is no traceback beside them. */
function saidIn(log: readonly LogLine[]): { errors: string[]; hints: string[] } {
  assert.ok(log.every(({ error_detail }) => error_detail === undefined));
  const ours = log.filter(({ logger }) => logger === 'lifecycle');
  return {
    errors: ours.filter(({ level }) => level === 'error').map(({ event }) => event),
    hints: ours.filter(({ event }) => event.startsWith('hint: ')).map(({ event }) => event),
  };
}

async function refusal(request: Promise<unknown>): Promise<{ status: unknown; explanation: string }> {
  const error = await request.then(
    () => assert.fail('Airflow took it'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LifecycleError && error.details);
  return { status: error.details.status, explanation: String(error.details.explanation) };
}

async function versionsOf(template: string): Promise<string[]> {
  const names = await readdir(path.join(server.store, 'ingest', template)).catch(() => []);
  return names.filter((name) => name !== 'latest').sort();
}

async function staged(): Promise<string[]> {
  return readdir(path.join(server.store, '.staging')).catch(() => []);
}

function templateFile(id: string): string {
  return path.join(server.project, 'ingest_templates', `${id}.yml`);
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}

/** Starts an ingest that hangs in its download. */
async function startEndless(version: string): Promise<DagRun> {
  const started = await server.client.trigger('ingest_endless', { partitionKey: version });
  await eventually('the download has begun', 60_000, async () => source.downloads === 1);
  return started;
}

describe('a project in a real Airflow', { timeout: 12 * 60_000 }, () => {
  before(async () => {
    source = await EndlessSource.start();
    const project = await copySample();
    await writeFile(
      path.join(project, 'ingest_templates', 'endless.yml'),
      [
        'id: endless',
        'acl: public-read',
        'attributes:',
        '  name: A source that never ends',
        'ingestion:',
        '  source:',
        '    type: file_download',
        `    url: ${source.url}`,
        '  file_format:',
        '    type: csv',
        '',
      ].join('\n'),
    );
    server = await startServer(project);
  });

  after(async () => {
    if (server && server.process.exitCode === null) {
      const ended = once(server.process, 'exit');
      server.process.kill('SIGTERM');
      await ended;
    }
    source?.stop();
    if (server) await removeProject(server.project);
  });

  test('fault 72: every DAG is there and none has an import error', async () => {
    assert.deepEqual(await server.client.importErrors(), []);
    const dags = await server.client.dags();
    assert.deepEqual(dags.map(({ dag_id }) => dag_id).sort(), [
      ...['build_boroughs', 'build_open_data_report'],
      ...['borough_tables', 'endless', 'libraries', 'library_visits', 'nyc_boroughs', 'parks', 'tree_survey'].map(
        (id) => `ingest_${id}`,
      ),
    ]);
    assert.ok(dags.every(({ tags }) => tags.every(({ name }) => name !== 'broken')));
  });

  test('the server keeps its secrets to its owner and listens on this machine only', async () => {
    const { stat } = await import('node:fs/promises');
    for (const file of ['secrets.json', 'passwords.json', 'airflow.cfg']) {
      assert.equal((await stat(path.join(server.home, file))).mode & 0o077, 0, file);
    }
    assert.match(server.client.url, /^http:\/\/127\.0\.0\.1:/);
    const withoutLogin = await fetch(`${server.client.url}/api/v2/dags`);
    assert.equal(withoutLogin.status, 401);
  });

  test('status tells that all is well, and a second start says who holds the home', async () => {
    const status = await lifecycle(server.project, '--json', 'airflow', 'status');
    assert.equal(status.code, 0, status.stderr);
    const facts = JSON.parse(status.stdout) as { healthy: boolean; components: { name: string }[] };
    assert.equal(facts.healthy, true);
    assert.deepEqual(
      facts.components.map(({ name }) => name),
      ['postgres', 'api-server', 'scheduler', 'dag-processor', 'triggerer'],
    );
    const second = await lifecycle(server.project, 'airflow', 'start');
    assert.equal(second.code, 75);
    assert.match(second.stderr, /AIR_BUSY/);
    assert.ok(second.stderr.includes(server.client.url) && second.stderr.includes(String(server.process.pid)));
  });

  test('a word from the middle of a name finds DAGs and assets in the pages, and programs get what they ask for', async () => {
    const { access_token } = (await (
      await fetch(`${server.client.url}/auth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'admin', password: (await readSecrets(server.home)).adminPassword }),
      })
    ).json()) as { access_token: string };
    const found = async (request: string, headers: Record<string, string>) => {
      const response = await fetch(`${server.client.url}${request}`, {
        headers: { authorization: `Bearer ${access_token}`, ...headers },
      });
      assert.equal(response.status, 200);
      return ((await response.json()) as { total_entries: number }).total_entries;
    };
    const fromPage = { referer: `${server.client.url}/assets` };
    for (const [request, wanted] of [
      ['/api/v2/assets?name_prefix_pattern=boroughs', 2],
      ['/ui/dags?dag_display_name_prefix_pattern=borough', 3],
      ['/api/v2/dags?dag_display_name_prefix_pattern=Parks&limit=10', 1],
      ['/api/v2/dagTags?tag_name_prefix_pattern=ocal_f', 1],
    ] as const) {
      assert.equal(await found(request, fromPage), wanted, request);
    }
    assert.equal(await found('/api/v2/assets?name_prefix_pattern=boroughs', {}), 0);
  });

  test('a build whose inputs are missing fails in plan and names them all', async () => {
    const failed = await run('build_boroughs', { partitionKey: 'too-early' });
    assert.equal(failed.state, 'failed');
    const states = Object.fromEntries((await tasks(failed)).map(({ task_id, state }) => [task_id, state]));
    assert.equal(states.plan, 'failed');
    assert.equal(states.load, 'upstream_failed');
    const log = (await logOf(failed, 'plan')).map((line) => JSON.stringify(line)).join('\n');
    for (const missing of ['nyc_boroughs', 'borough_population', 'borough_housing'])
      assert.ok(log.includes(missing), missing);
    assert.match(log, /lifecycle ingest nyc_boroughs 16a/);
  });

  test('faults 73 and 74: a run with a key publishes that version, and its event carries key and facts', async () => {
    const done = await run('ingest_nyc_boroughs', { partitionKey: '16a' });
    assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    assert.equal(done.partition_key, '16a');
    // A worker's start costs more than a small ingest: the mapped task is skipped without one.
    const states = Object.fromEntries(
      (await tasks(done)).map(({ task_id, state, pid }) => [task_id, [state, pid !== null]]),
    );
    assert.deepEqual(states, { ingest: ['success', true], each: ['skipped', false] });
    assert.match(done.dag_run_id, /^16a__20/);
    const [event, ...others] = await server.client.assetEvents('ingest/nyc_boroughs');
    assert.deepEqual(others, []);
    assert.equal(event?.partition_key, '16a');
    const version = path.join(server.store, 'ingest', 'nyc_boroughs', '16a');
    const parquet = path.join(version, 'nyc_boroughs', 'nyc_boroughs.parquet');
    const { bytes, sha256 } = await hashFile(parquet);
    const { rows, crs, state, seconds, ...extra } = event?.extra ?? {};
    assert.deepEqual({ rows, crs, state }, { rows: 5, crs: 'EPSG:2263', state: 'published' });
    assert.deepEqual({ bytes: extra.bytes, sha256: extra.sha256, path: extra.path }, { bytes, sha256, path: parquet });
    assert.ok(typeof seconds === 'number' && seconds > 0);
    for (const file of [
      'definition.lock.json',
      'datasource.json',
      'record.json',
      'nybb_16a.zip',
      'nyc_boroughs/config.json',
    ]) {
      await access(path.join(version, file));
    }
    assert.match(await readFile(path.join(server.store, 'ingest', 'nyc_boroughs', 'latest'), 'utf8'), /16a/);
    assert.deepEqual(await staged(), []);
  });

  test('the log of the command arrives in the task with its levels', async () => {
    const again = await run('ingest_nyc_boroughs', { partitionKey: '16a' });
    assert.equal(again.state, 'success');
    const ours = (await logOf(again, 'ingest')).filter(({ logger }) => logger === 'lifecycle');
    assert.ok(ours.length > 0);
    assert.ok(ours.some(({ level }) => level === 'info'));
    const [, second] = await server.client.assetEvents('ingest/nyc_boroughs');
    assert.equal(second?.extra?.state, 'unchanged');
  });

  test('three versions in one run: one mapped task each, one event each', async () => {
    const versions = ['2024-01', '2024-02', '2024-03'];
    const done = await run('ingest_library_visits', { params: { versions } });
    assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    assert.match(done.dag_run_id, /^3_versions__20/);
    const mapped = (await tasks(done)).filter(({ task_id }) => task_id === 'each');
    assert.deepEqual(mapped.map(({ rendered_map_index }) => rendered_map_index).sort(), versions);
    const events = await server.client.assetEvents('ingest/library_visits');
    assert.deepEqual(events.map(({ partition_key }) => partition_key).sort(), versions);
    assert.deepEqual(await versionsOf('library_visits'), versions);
  });

  test('what changed since the version before is on the event', async () => {
    const replaced = async (params: Record<string, unknown>) => {
      const done = await run('ingest_library_visits', { partitionKey: '2024-03', params });
      assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    };
    await replaced({ mode: 'append', overwrite: true });
    const event = (await server.client.assetEvents('ingest/library_visits')).at(-1);
    const changes = event?.extra?.changes as { since: string; rows: { before: number; now: number } };
    assert.equal(changes.since, '2024-02');
    assert.deepEqual([changes.rows.before, changes.rows.now], [16, event?.extra?.rows]);
    await replaced({ overwrite: true });
  });

  test('a version that fails fails the run and leaves the others standing', async () => {
    const mixed = await run('ingest_nyc_boroughs', { params: { versions: ['16a', '99z'] } });
    assert.equal(mixed.state, 'failed');
    const states = Object.fromEntries((await tasks(mixed)).map((task) => [task.rendered_map_index, task.state]));
    assert.equal(states['16a'], 'success');
    assert.equal(states['99z'], 'failed');
    // Handing them out made nothing, and says nothing.
    const events = await server.client.assetEvents('ingest/nyc_boroughs');
    assert.ok(events.every(({ partition_key }) => partition_key === '16a'));
    assert.deepEqual(await versionsOf('nyc_boroughs'), ['16a']);
  });

  test('faults 52 and 73: a bad key or version, none, and a key beside versions are refused before a run exists', async () => {
    const before = await server.client.request<{ total_entries: number }>('GET', '/dags/ingest_parks/dagRuns');
    const badKeys = ['not a version', '../up', 'latest', '.hidden'].map((partitionKey) => ({ partitionKey }));
    const missing = [{}, { params: {} }, { params: { versions: [] } }];
    const both = { partitionKey: '2024a', params: { versions: ['2024b'] } };
    const badParams = [{ versions: ['../up'] }, { versions: '2024a' }, { latest: 'perhaps' }, { mode: '; rm -rf /' }];
    for (const request of [...badKeys, ...badParams.map((params) => ({ params })), ...missing, both]) {
      const { status, explanation } = await refusal(server.client.trigger('ingest_parks', request));
      assert.equal(status, 400, JSON.stringify(request));
      assert.notEqual(explanation, '');
    }
    const { explanation } = await refusal(server.client.trigger('ingest_parks', { partitionKey: 'not a version' }));
    assert.match(explanation, /'not a version' is no version: use 1 to 100 letters/);
    const empty = await refusal(server.client.trigger('ingest_parks', {}));
    assert.match(empty.explanation, /a version is needed: write it under Versions, or fill in Partition Key/);
    const afterwards = await server.client.request<{ total_entries: number }>('GET', '/dags/ingest_parks/dagRuns');
    assert.equal(afterwards.total_entries, before.total_entries);
  });

  test('a template that fails says why, and is not tried again', async () => {
    const failed = await run('ingest_tree_survey', { partitionKey: '2024a' });
    assert.equal(failed.state, 'failed');
    const [ingest] = (await tasks(failed)).filter(({ task_id }) => task_id === 'ingest');
    assert.equal(ingest?.try_number, 1);
    const { errors, hints } = saidIn(await logOf(failed, 'ingest'));
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /^ING_[A-Z_]+: .*diameter_inches/);
    assert.equal(hints.length, 1);
    assert.deepEqual(await versionsOf('tree_survey'), []);
    assert.deepEqual(await server.client.assetEvents('ingest/tree_survey'), []);
  });

  test('a build after its ingests: outputs, record, and the inputs on its event', async () => {
    assert.equal((await run('ingest_borough_tables', { partitionKey: '2020' })).state, 'success');
    for (const dataset of ['borough_population', 'borough_housing']) {
      const [event] = await server.client.assetEvents(`ingest/borough_tables/${dataset}`);
      assert.equal(event?.partition_key, '2020');
    }
    const done = await run('build_boroughs', { partitionKey: '2020-first' });
    assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    const partition = path.join(server.store, 'builds', 'boroughs', '2020-first');
    const files = ['recipe.lock.yml', 'inputs.lock.json', 'build_metadata.json', 'build.log', 'record.json'];
    for (const file of [...files, 'output/boroughs.csv', 'output/boroughs.svg'])
      await access(path.join(partition, file));
    const [event] = await server.client.assetEvents('builds/boroughs');
    assert.equal(event?.partition_key, '2020-first');
    const stages = Object.fromEntries((await tasks(done)).map(({ task_id, state }) => [task_id, state]));
    const ofRun = { plan: 'success', load: 'success', build: 'success', package: 'skipped' };
    const ofEach = ['plan', 'load', 'build', 'package'].map((stage) => [`each.${stage}`, 'skipped']);
    assert.deepEqual(stages, { ...ofRun, ...Object.fromEntries(ofEach) });
    const inputs = event?.extra?.inputs as { id: string; version: string; sha256: string }[];
    assert.deepEqual(
      inputs.map(({ id, version }) => `${id}@${version}`),
      ['nyc_boroughs@16a', 'borough_population@2020', 'borough_housing@2020'],
    );
  });

  test('two partitions in one run: the stages of each, one event each', async () => {
    const versions = ['2020-second', '2020-third'];
    const done = await run('build_boroughs', { params: { versions } });
    assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    const all = await tasks(done);
    const ofRun = all.filter(({ map_index }) => map_index < 0).map(({ task_id, state }) => [task_id, state]);
    const skipped = { load: 'skipped', build: 'skipped', package: 'skipped' };
    assert.deepEqual(Object.fromEntries(ofRun), { plan: 'success', ...skipped });
    const built = all.filter(({ task_id, state }) => task_id === 'each.build' && state === 'success');
    assert.deepEqual(built.map(({ rendered_map_index }) => rendered_map_index).sort(), versions);
    const events = await server.client.assetEvents('builds/boroughs');
    assert.deepEqual(events.map(({ partition_key }) => partition_key).sort(), ['2020-first', ...versions]);
  });

  test('the form of a build pins the version of an input', async () => {
    const params = { 'input borough_population': '1990' };
    const failed = await run('build_boroughs', { partitionKey: '2020-pinned', params });
    assert.equal(failed.state, 'failed');
    const log = (await logOf(failed, 'plan')).map((line) => JSON.stringify(line)).join('\n');
    assert.match(log, /lifecycle build boroughs 2020-pinned --stage plan --input borough_population=1990/);
    assert.match(log, /BLD_MISSING_INPUTS.*borough_population.*1990|borough_population.*1990.*BLD_MISSING_INPUTS/);
  });

  test('what the first start makes of the sample project succeeds', async () => {
    const made = await runDemo(server.client, silentReporter, AbortSignal.timeout(RUN_WITHIN_MS));
    assert.ok(made.length >= 3);
    assert.deepEqual(
      made.filter(({ state }) => state !== 'success'),
      [],
    );
  });

  test('a product without a recipe, with spaces in its id, is triggered from the command line', async () => {
    const done = await lifecycle(server.project, 'trigger', 'build', 'open data report', '2024-06', '--wait');
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /open data report 2024-06: success/);
    await access(path.join(server.store, 'builds', 'open data report', '2024-06', 'record.json'));
    const failed = await lifecycle(server.project, 'trigger', 'ingest', 'tree_survey', '2024b', '--wait');
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /AIR_RUN_FAILED.*ING_[A-Z_]+: .*diameter_inches/);
    const bad = await lifecycle(server.project, 'trigger', 'ingest', 'parks', '2024a', '../up');
    assert.equal(bad.code, 2);
    const unknown = await lifecycle(server.project, 'trigger', 'ingest', 'no_such_template', '2024a');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /AIR_REFUSED.*not found/);
  });

  test('events follow the store: a version of the command line gets one, an event of no version is called void', async () => {
    const made = await lifecycle(server.project, 'ingest', 'libraries', 'by-hand');
    assert.equal(made.code, 0, made.stderr);
    const [asset] = await server.client.assets('ingest/libraries');
    await server.client.createEvent(asset!.id, 'phantom', { note: 'made up' });
    const eventsOf = async (key: string) =>
      (await server.client.assetEvents('ingest/libraries')).filter(({ partition_key }) => partition_key === key);
    await eventually(
      'both are told',
      60_000,
      async () => (await Promise.all([eventsOf('by-hand'), eventsOf('phantom')])).flat().length >= 3,
    );
    const [event, ...more] = await eventsOf('by-hand');
    assert.deepEqual(more, []);
    const { reconciled, rows, sha256, version } = event?.extra ?? {};
    const parquet = path.join(server.store, 'ingest', 'libraries', 'by-hand', 'libraries', 'libraries.parquet');
    assert.deepEqual(
      { reconciled, sha256, version },
      {
        reconciled: true,
        sha256: (await hashFile(parquet)).sha256,
        version: 'by-hand',
      },
    );
    assert.ok(typeof rows === 'number' && rows > 0);
    const [, verdict] = await eventsOf('phantom');
    assert.equal(verdict?.extra?.void, true);
    assert.match(String(verdict?.extra?.reason), /there is no version phantom/);

    // Another start finds nothing to do; what goes from the store is called void, and what comes back is not.
    const settings = settingsFrom({}, { project: server.project, cwd: server.project, stderrIsTerminal: false });
    const manifest = await readManifest(path.join(server.home, 'manifest.json'));
    const again = new Reconciler(settings, server.client, silentReporter);
    assert.deepEqual(await again.reconcile(manifest!, AbortSignal.timeout(60_000)), { reconciled: 0, voided: 0 });
    const version1 = path.join(server.store, 'ingest', 'libraries', 'by-hand');
    await rename(version1, path.join(server.project, 'aside'));
    await eventually(
      'the removed one is void',
      60_000,
      async () => (await eventsOf('by-hand')).at(-1)?.extra?.void === true,
    );
    await rename(path.join(server.project, 'aside'), version1);
    await eventually('it is back', 60_000, async () => (await eventsOf('by-hand')).at(-1)?.extra?.reconciled === true);
    assert.equal((await eventsOf('by-hand')).length, 3);
  });

  test('fault 58: an edited template shows within 15 seconds, a broken one as broken, and the others stay', async () => {
    const shown = (id: string) => server.client.request<Record<string, unknown>>('GET', `/dags/${id}/details`);
    const sound = await readFile(templateFile('parks'), 'utf8');
    await edit(templateFile('parks'), (text) => text.replace('name: Large parks', 'name: Very large parks'));
    await eventually(
      'the new name shows',
      EDIT_SHOWS_WITHIN_MS,
      async () => (await shown('ingest_parks')).description === 'Very large parks',
    );
    await edit(templateFile('parks'), (text) => text.replace('type: geojson', 'type: geojsonn'));
    await eventually('the broken template shows', EDIT_SHOWS_WITHIN_MS, async () =>
      /Broken.*parks\.yml:\d+:\d+/s.test(String((await shown('ingest_parks')).doc_md)),
    );
    assert.equal((await shown('ingest_parks')).dag_display_name, 'parks (broken)');
    assert.match(String((await shown('ingest_parks')).description), /^Broken: .*parks\.yml:\d+:\d+: .*geojsonn/);
    assert.deepEqual(await server.client.importErrors(), []);
    assert.equal((await server.client.dags()).length, 9);
    const failed = await run('ingest_parks', { partitionKey: '2024a' });
    assert.equal(failed.state, 'failed');
    assert.match(saidIn(await logOf(failed, 'broken')).errors.join('\n'), /parks\.yml:\d+:\d+: .*geojsonn/);
    await writeFile(templateFile('parks'), sound);
    await eventually(
      'the mended template shows',
      EDIT_SHOWS_WITHIN_MS,
      async () => (await shown('ingest_parks')).dag_display_name === 'parks · Large parks',
    );
  });

  test('fault 75: a run killed half-way leaves no child and no half-written version', async () => {
    const started = await startEndless('killed');
    const task = (await tasks(started)).find(({ task_id }) => task_id === 'ingest');
    assert.ok(task);
    await server.client.fail(started, task);
    await eventually('the download is cut off', 60_000, async () => source.downloads === 0);
    const ended = await server.client.waitForRun(started, AbortSignal.timeout(RUN_WITHIN_MS));
    assert.equal(ended.state, 'failed');
    await eventually('no command is left', 20_000, async () => (await commandsRunning('endless')).length === 0);
    assert.deepEqual(await versionsOf('endless'), []);
    assert.deepEqual(await staged(), []);
  });

  test('fault 75: a component that dies is started again', async () => {
    const status = await lifecycle(server.project, '--json', 'airflow', 'status');
    const { components } = JSON.parse(status.stdout) as { components: { name: string; pid: number }[] };
    const triggerer = components.find(({ name }) => name === 'triggerer');
    assert.ok(triggerer);
    process.kill(triggerer.pid, 'SIGKILL');
    await eventually('another one runs', 60_000, async () => {
      const now = JSON.parse(
        (await lifecycle(server.project, '--json', 'airflow', 'status')).stdout,
      ) as typeof status & {
        components: { name: string; pid?: number }[];
      };
      const pid = now.components.find(({ name }) => name === 'triggerer')?.pid;
      return pid !== undefined && pid !== triggerer.pid;
    });
    assert.match(server.said(), /triggerer ended by itself; it is started again/);
  });

  test('fault 75: stop ends everything, a running task with its child too', async () => {
    await startEndless('stopped');
    const ended = once(server.process, 'exit');
    const stopped = await lifecycle(server.project, 'airflow', 'stop');
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.deepEqual(await ended, [0, null]);
    assert.equal(source.downloads, 0);
    assert.deepEqual(processesOf(server.home), []);
    assert.deepEqual(await versionsOf('endless'), []);
    assert.deepEqual(await staged(), []);
    const status = await lifecycle(server.project, 'airflow', 'status');
    assert.equal(status.code, 1);
  });
});

/** Processes of the server's tasks that were started for a template. */
async function commandsRunning(template: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of processesOf(server.home)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.split('\0').includes(template)) found.push(pid);
  }
  return found;
}
