import assert from 'node:assert/strict';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { literal } from '../../src/engine/sql.ts';
import { IngestProject, id, rowsOf } from './project.ts';

/** GeoJSON as texts, and what comes of one. */

type Ingestion = Record<string, unknown>;
export const point = (...coordinates: number[]) => ({ type: 'Point', coordinates });
export const feature = (geometry: unknown, properties: unknown = {}) => ({ type: 'Feature', properties, geometry });
export const collection = (features: unknown[], members = {}) =>
  JSON.stringify({ type: 'FeatureCollection', ...members, features });

export async function ingest(test: TestContext, raw: string | Buffer, ingestion: Ingestion = {}) {
  const project = await IngestProject.make(test);
  const source = { type: 'local_file', path: 'places.geojson' };
  await project.template('places', { source, file_format: { type: 'geojson' }, ...ingestion });
  await project.write('places.geojson', raw);
  return { project, outcome: await project.tellHere('places') };
}

/** Rows of the result with the geometry as text, what the record says of it, and the file's own metadata. */
export async function placesOf(test: TestContext, raw: string | Buffer, ingestion: Ingestion = {}) {
  const { project, outcome } = await ingest(test, raw, ingestion);
  assert.equal(outcome.code, 0, outcome.stderr);
  const rows = await project.query('SELECT * REPLACE (ST_AsText(geom) AS geom) FROM FILE', 'places', 'v1');
  const { record } = (await project.store.versions(id('places')))[0]!;
  const file = literal(path.join(project.storeDir, 'ingest/places/v1/places/places.parquet'));
  const [pair] = await rowsOf(
    `SELECT decode(value) AS geo FROM parquet_kv_metadata(${file}) WHERE decode(key) = 'geo'`,
    project.dir,
  );
  const geo = JSON.parse(String(pair!.geo)) as {
    primary_column: string;
    columns: Record<string, Record<string, unknown>>;
  };
  const { crs, geometry_types: types, bbox } = record.datasets[0]!;
  return { rows, crs, types: types.toSorted(), bbox, geo: geo.columns[geo.primary_column]! };
}

export const geometries = (rows: Record<string, unknown>[]) => rows.map((row) => row.geom);

export async function isRefused(
  test: TestContext,
  raw: string | Buffer,
  code: string,
  message: RegExp,
  ingestion: Ingestion = {},
) {
  const { project, outcome } = await ingest(test, raw, ingestion);
  assert.equal(outcome.code, 1, outcome.stderr);
  const lines = outcome.stderr.trim().split('\n');
  const error = lines.find((line) => line.startsWith('error ')) ?? '';
  assert.ok(error.startsWith(`error ${code}: `), outcome.stderr);
  assert.match(error, message);
  assert.match(lines.at(-1)!, /^hint: ./);
  assert.deepEqual([await project.list('ingest', 'places'), await project.list('.staging')], [[], []]);
}
