import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { engine, tableOf } from '../../test/fixtures/steps.ts';
import { writeParquet } from '../parquet/write.ts';
import type { Relation } from '../relation/relation.ts';
import { bound, renamed, withColumn } from '../relation/relation.ts';
import { summarise } from './summary.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-summary-'));
after(() => rmSync(dir, { recursive: true }));

const geometry = { column: 'geom', crs: { definition: 'EPSG:4326', code: 'EPSG:4326' } };

/** Rows with a geometry, as told of a step that gave `after`, where `end` was written. */
async function rowsWithGeometry(step: Relation, end: Relation, beforeCounting = async () => {}): Promise<unknown> {
  const file = path.join(dir, 'written.parquet');
  const { rows } = await writeParquet(engine, end, file);
  await beforeCounting();
  const told = { name: 'convert_to_geometry' as const, args: { geom_column: 'g' }, mode: null };
  const change = { step: told, before: step, after: step, started: new Date(), ended: new Date() };
  const [summary] = await summarise(engine, [change], { relation: end, rows, file }, {});
  return summary?.custom?.rows_with_geom;
}

test('rows with a value are counted in the file, where it holds that value or what was made of it', async () => {
  await engine.load('spatial');
  const table = await tableOf(
    'SELECT CASE WHEN i % 3 <> 0 THEN ST_Point(i, i) END AS geom, CASE WHEN i % 2 = 0 THEN i END AS n FROM range(10_000) AS r(i)',
  );
  const step = { ...table, geometry };
  const dropped = () => engine.run(`DROP TABLE ${table.from}`);
  const moved = withColumn(step, 'geom', {
    expression: 'ST_FlipCoordinates(c0)',
    outline: table.columns[0]!.expression,
  });
  const end = renamed({ ...moved, columns: moved.columns.toReversed() }, (name) => (name === 'geom' ? 'shape' : name));
  assert.equal(await rowsWithGeometry(step, end, dropped), 6_666);
});

test('where it does not, or other rows were written, they are counted themselves', async () => {
  await engine.load('spatial');
  const table = await tableOf(
    'SELECT CASE WHEN i % 3 <> 0 THEN ST_Point(i, i) END AS geom, i FROM range(10_000) AS r(i)',
  );
  const step = { ...table, geometry };
  assert.equal(await rowsWithGeometry(step, { ...step, where: ['c1 % 3 = 0'] }), 6_666);
  const filled = withColumn(step, 'geom', { expression: 'coalesce(c0, ST_Point(0, 0))' });
  assert.equal(await rowsWithGeometry(step, filled), 6_666);
  const empty = { ...step, where: ['c1 < 0'] };
  assert.equal(await rowsWithGeometry(empty, empty), 0);
});

test('rows are counted by conditions on values that were bound to names', async () => {
  await engine.load('spatial');
  const table = await tableOf('SELECT CASE WHEN i % 3 <> 0 THEN i END AS geom FROM range(9) AS r(i)');
  const made = { ...withColumn(table, 'geom', { expression: 'ST_Point(c0, c0)', type: 'GEOMETRY' }), geometry };
  const step = bound(engine, made, 'geom');
  const end = withColumn(step, 'geom', { expression: 'NULL::VARCHAR', type: 'VARCHAR' });
  assert.equal(await rowsWithGeometry(step, { ...end, geometry: undefined }), 6);
});
