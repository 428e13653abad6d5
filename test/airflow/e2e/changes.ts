import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { readManifest } from '../../../src/airflow/manifest-file.ts';
import { Reconciler } from '../../../src/airflow/reconcile.ts';
import { silentReporter } from '../../../src/report.ts';
import { settingsFrom } from '../../../src/settings/settings.ts';
import { hashFile } from '../../../src/store/files.ts';
import { eventually, lifecycle } from '../server-fixture.ts';
import { edit, logOf, run, saidIn, server, templateFile } from './served.ts';

/** What an edited template may take to show in the UI. */
const EDIT_SHOWS_WITHIN_MS = 15_000;
/** The server looks at the store every few seconds, and each look of ours costs it something. */
const LOOK_EVERY_MS = 1_000;

/** What changes beside the server: the store, and the project. */
export function changes(): void {
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
      LOOK_EVERY_MS,
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
      LOOK_EVERY_MS,
    );
    await rename(path.join(server.project, 'aside'), version1);
    await eventually(
      'it is back',
      60_000,
      async () => (await eventsOf('by-hand')).at(-1)?.extra?.reconciled === true,
      LOOK_EVERY_MS,
    );
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
    // A file that is written is empty for a moment, and the server may see just that.
    await eventually('the broken template shows', EDIT_SHOWS_WITHIN_MS, async () =>
      /^Broken: .*parks\.yml:\d+:\d+: .*geojsonn/.test(String((await shown('ingest_parks')).description)),
    );
    const broken = await shown('ingest_parks');
    assert.match(String(broken.doc_md), /Broken.*parks\.yml:\d+:\d+/s);
    assert.equal(broken.dag_display_name, 'parks (broken)');
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
}
