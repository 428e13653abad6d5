import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseVersion, templateIdFrom } from '../ids.ts';
import { withClaim } from './claim.ts';
import { openIngestStore } from './ingest.ts';
import type { IngestRecord } from './ingest-record.ts';
import { readLatest, retreatLatest, setLatest } from './latest.ts';
import { storeLayout } from './layout.ts';
import { releaseVersion } from './release.ts';
import { versionBefore } from './version-before.ts';

const T = templateIdFrom('t')!;
const BY = { by: 'Ada', reason: 'seen' };

async function bench(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-release-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const layout = storeLayout(root);
  const place = (name: string) => layout.ingest.version(T, parseVersion(name));
  return {
    layout,
    place,
    async stands(name: string, isQuarantined = false) {
      const record: IngestRecord = {
        ...{ format: 1, template: T, version: name, created: '2024-01-01T00:00:00Z', runner: 'native', mode: null },
        ...{ previous: null, raw: null, source: {}, files: [], datasets: [], timings: {} },
        ...(isQuarantined
          ? { quarantine: { reasons: [{ dataset: 't', check: 'sql', message: 'm', place: null }] } }
          : {}),
      };
      await mkdir(place(name), { recursive: true });
      await writeFile(path.join(place(name), 'record.json'), JSON.stringify(record));
    },
    pointAt: (name: string) => writeFile(layout.ingest.latest(T), `${name}\n`),
    latest: async () => (await readLatest(layout, T))?.version,
    record: async (name: string) => JSON.parse(await readFile(path.join(place(name), 'record.json'), 'utf8')),
    release: (name: string) => releaseVersion(layout, T, parseVersion(name), BY, undefined),
  };
}

const code = (wanted: string) => (error: { code?: string }) => error.code === wanted;

test('a release is said in the record, and the same again completes what a kill has left', async (t) => {
  const { layout, stands, latest, record, release, pointAt } = await bench(t);
  await stands('1');
  await stands('2', true);
  await pointAt('1');
  await utimes(layout.ingest.template(T), new Date(0), new Date(0));
  const done = await release('2');
  assert.deepEqual([done.isNew, done.latest.to, await latest()], [true, '2', '2']);
  const { quarantine } = await record('2');
  assert.deepEqual([quarantine.released.by, quarantine.released.reason], ['Ada', 'seen']);
  // Whoever watches the directory is to look again.
  assert.ok((await stat(layout.ingest.template(T))).mtimeMs > 1_000);
  // Killed after the record was written and before the pointer moved.
  await pointAt('1');
  const again = await release('2');
  assert.deepEqual([again.isNew, await latest()], [false, '2']);
  assert.deepEqual((await record('2')).quarantine, quarantine);
  assert.deepEqual((await readdir(layout.staging)).length, 0);
});

test('what is not quarantined, not there, a link, or worked on is not released', async (t) => {
  const { layout, stands, place, release, record } = await bench(t);
  await stands('1');
  await stands('2', true);
  await assert.rejects(release('1'), code('STO_NOT_QUARANTINED'));
  await assert.rejects(release('3'), code('STO_NO_VERSION'));
  await withClaim(layout, 'ingest t 2', () => assert.rejects(release('2'), code('STO_BUSY')));
  await rename(place('2'), `${place('2')}-elsewhere`);
  await symlink(`${place('2')}-elsewhere`, place('2'));
  await assert.rejects(release('2'), code('STO_SYMBOLIC_LINK'));
  assert.equal((await record('2')).quarantine.released, undefined);
});

test('a pointer that names a quarantined version names nothing, and goes back to the newest of the others', async (t) => {
  const { layout, stands, latest, pointAt } = await bench(t);
  for (const name of ['1', '2', '4']) await stands(name);
  for (const name of ['3', '5']) await stands(name, true);
  // Killed before the pointer moved back.
  await pointAt('5');
  assert.equal(await latest(), undefined);
  assert.equal((await openIngestStore(layout).survey(T)).pointer, undefined);
  await assert.rejects(setLatest(layout, T, parseVersion('3')), code('STO_QUARANTINED'));
  const move = await retreatLatest(layout, T, parseVersion('5'), undefined);
  assert.deepEqual([move?.from, move?.to, await latest()], ['5', '4', '4']);
  assert.equal(await retreatLatest(layout, T, parseVersion('5'), undefined), undefined);
  const before = await versionBefore(openIngestStore(layout), T, parseVersion('4'), undefined);
  assert.equal(before?.version, '2');
});
