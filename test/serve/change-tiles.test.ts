import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { VENV } from '../ingest/project.ts';
import { ServedProject } from './project.ts';

const q = encodeURIComponent;
/** 40 by 25 squares of a thousandth of a degree. */
const LOTS = 1_000;
const TILE = '12/1205/1540';
/** A part of it, from so near that shapes can be told. */
const NEAR = '13/2411/3080';

/** Features of all layers of a tile: kind, row and how large. */
function featuresIn(bytes: Buffer) {
  const { layers } = new VectorTile(new PbfReader(bytes));
  return Object.values(layers).flatMap((layer) =>
    Array.from({ length: layer.length }, (_, i) => {
      const { id, properties } = layer.feature(i);
      return { layer: layer.name, row: id, kind: properties.kind };
    }),
  );
}

test('what changed between two versions is on a map: added, changed and removed features, each by its kind', async (t) => {
  const served = await ServedProject.make(t);
  const engine = await Engine.open({ venvDir: VENV, temporaryDir: served.dir });
  await engine.load('spatial');
  const write = async (version: string, select: string) => {
    const file = path.join(served.dir, `${version}.parquet`);
    await engine.run(`COPY (${select}) TO ${literal(file)} (FORMAT parquet)`);
    await served.lifecycle('adopt', 'parks', version, file);
  };
  const square = (x: string, y: string) =>
    `ST_SetCRS(ST_MakeEnvelope(${x}, ${y}, ${x} + 0.0008, ${y} + 0.0008), 'EPSG:4326')`;
  const lots = `SELECT i AS id, 'lot ' || i AS name, ${square('-74.04 + (i % 40) * 0.001', '40.70 + (i // 40) * 0.001')} AS geom FROM range(${LOTS}) r(i)`;
  await write('1', lots);
  // 0 to 9 go, 10 is called otherwise, 11 moves, five come.
  const later = `SELECT id, CASE WHEN id = 10 THEN 'another' ELSE name END AS name,
    CASE WHEN id = 11 THEN ${square('-74.03', '40.695')} ELSE geom END AS geom FROM (${lots}) WHERE id >= 10
    UNION ALL SELECT ${LOTS} + i, 'new', ${square('-74.04 + i * 0.001', '40.69')} FROM range(5) r(i)`;
  await write('2', later);
  await write('3', later);
  engine.close();
  await served.start();
  const ask = (address: string, a = 'parks@1', b = 'parks@2') => served.ask(`/api/diff/${address}?a=${q(a)}&b=${q(b)}`);

  const { extent } = (await ask('tiles')).json;
  assert.ok(Math.abs(extent.south - 40.69) < 1e-6 && Math.abs(extent.north - 40.7008) < 1e-6, JSON.stringify(extent));
  const tiles = await Promise.all(Array.from({ length: 4 }, () => ask(`tiles/${TILE}`)));
  const features = featuresIn(tiles[0]!.bytes);
  const rows = (kind: string) =>
    features
      .filter((each) => each.kind === kind)
      .map(({ row }) => row!)
      .toSorted((x, y) => x - y);
  assert.deepEqual(rows('removed'), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 'by their rows in the earlier');
  assert.deepEqual(rows('changed'), [0, 1], 'by their rows in the later');
  assert.deepEqual(rows('added'), [990, 991, 992, 993, 994]);
  assert.equal((await readdir(path.join(served.store, '.cache', 'changes'))).length, 1);
  const [{ name }] = (await served.ask('/api/rows?ref=parks@2&offset=0&limit=1')).json.rows.map((row: string[]) => ({
    name: row[1],
  }));
  assert.equal(name, 'another');

  const near = featuresIn((await ask(`tiles/${NEAR}`)).bytes);
  assert.ok(near.every(({ layer }) => layer === 'features'));
  assert.equal(near.filter(({ kind }) => kind === 'removed').length, 10);

  // From far away many are in one pixel: of each kind one stays.
  const far = featuresIn((await ask('tiles/5/9/12')).bytes);
  assert.deepEqual([...new Set(far.map(({ kind }) => kind))].toSorted(), ['added', 'changed', 'removed']);
  assert.ok(far.length < features.length);
  assert.ok(far.every(({ layer }) => layer === 'small'));

  assert.equal((await ask('tiles/5/0/0')).status, 204);
  assert.deepEqual((await ask('tiles', 'parks@2', 'parks@3')).json, { extent: null });
  assert.equal((await ask(`tiles/${TILE}`, 'parks@2', 'parks@3')).status, 204);
  assert.equal((await ask('tiles', 'parks@1', 'parks@9')).status, 404);
  assert.equal((await ask('tiles', './1.parquet', 'parks@1')).status, 400);
  assert.equal((await ask('tiles/5/99/0')).status, 400);
  await served.lifecycle('ingest', 'library_visits', '2024-01');
  await served.lifecycle('ingest', 'library_visits', '2024-02');
  assert.equal((await ask('tiles', 'library_visits@2024-01', 'library_visits@2024-02')).status, 400);
});
