import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import type { Crs } from '../relation/crs.ts';
import { overTable } from '../relation/relation.ts';
import { writeParquet } from './write.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-write-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

test('columns have their names in the file, whatever DuckDB makes of them', async () => {
  const names = ['a', 'A', '', 'x\0y', 'b"c'];
  const table = await engine.materialize('SELECT 0 AS c0, 1 AS c1, 2 AS c2, 3 AS c3, 4 AS c4');
  const file = path.join(dir, 'names.parquet');
  const columns = names.map((name) => ({ name, type: 'INTEGER' }));
  const written = await writeParquet(engine, overTable(table, columns), file);
  assert.deepEqual(written.columns, columns);
  const inFile = await engine.rows(`SELECT name FROM parquet_schema(${literal(file)}) OFFSET 1`);
  assert.deepEqual(
    inFile.map((row) => row.name),
    names,
  );
  const [row] = await engine.rows(`SELECT * FROM read_parquet(${literal(file)})`);
  assert.deepEqual(Object.values(row!), [0, 1, 2, 3, 4]);
});

const SHAPES = `SELECT CASE i % 6 WHEN 0 THEN NULL
    WHEN 1 THEN ST_Point(x, y)
    WHEN 2 THEN ST_GeomFromText('LINESTRING Z (' || x || ' ' || y || ' 1, ' || y || ' ' || x || ' ' || x || ')')
    WHEN 3 THEN ST_MakeEnvelope(x, y, x + y / 3, y + x / 7)
    WHEN 4 THEN ST_GeomFromText('MULTIPOINT EMPTY')
    ELSE ST_GeomFromText('POINT EMPTY') END AS g, i
  FROM (SELECT i, (random() - 0.5) * pow(10, i % 9) AS x, (random() - 0.5) * pow(10, i % 7) AS y FROM range(10_000) AS r(i))`;

test('the metadata of a geometry is what looking at each shape tells, whatever its CRS', async () => {
  const { engine: withShapes, tableOf } = await import('../../test/fixtures/steps.ts');
  await withShapes.load('spatial');
  await withShapes.run('SELECT setseed(0.25)');
  const names: Record<string, string> = {
    POINT: 'Point',
    LINESTRING: 'LineString',
    POLYGON: 'Polygon',
    MULTIPOINT: 'MultiPoint',
  };
  const lambert =
    'PROJCS["Ours",GEOGCS["GCS",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]],PROJECTION["Mercator_1SP"],PARAMETER["central_meridian",0],PARAMETER["scale_factor",1],PARAMETER["false_easting",7],PARAMETER["false_northing",0],UNIT["metre",1]]';
  const systems: (Crs | undefined)[] = [
    undefined,
    { definition: 'OGC:CRS84', code: 'OGC:CRS84' },
    { definition: lambert, code: undefined },
    { definition: 'EPSG:2263', code: 'EPSG:2263' },
  ];
  for (const where of ['true', 'c1 % 6 = 1', 'c1 % 6 = 2', 'c1 % 6 > 3', 'c1 % 6 = 0', 'false']) {
    const rows = { ...(await tableOf(SHAPES)), where: [where] };
    const told = await withShapes.row(
      `SELECT count(*) AS n, list(DISTINCT ST_GeometryType(c0)::VARCHAR || CASE WHEN ST_HasZ(c0) THEN ' Z' ELSE '' END) FILTER (c0 IS NOT NULL) AS types,
       min(ST_XMin(c0)) AS x0, min(ST_YMin(c0)) AS y0, max(ST_XMax(c0)) AS x1, max(ST_YMax(c0)) AS y1 FROM ${rows.from} WHERE ${where}`,
    );
    const types = ((told.types ?? []) as string[])
      .map((type) => type.replace(/^[A-Z]+/, (word) => names[word]!))
      .sort();
    const bbox = told.x0 === null ? null : [told.x0, told.y0, told.x1, told.y1];
    for (const crs of systems) {
      const file = path.join(dir, 'shapes.parquet');
      const written = await writeParquet(withShapes, { ...rows, geometry: { column: 'g', crs } }, file);
      const facts = { rows: Number(told.n), geometry_types: types, bbox, geometry_column: 'g', crs: crs?.code ?? null };
      const sorted = { ...written, geometry_types: written.geometry_types.toSorted(), columns: undefined };
      assert.deepEqual(sorted, { ...facts, columns: undefined }, `${where} ${crs?.code}`);
      const [pair, ...more] = await withShapes.rows(
        `SELECT decode(value) AS geo FROM parquet_kv_metadata(${literal(file)}) WHERE decode(key) = 'geo'`,
      );
      assert.deepEqual(more, []);
      const geo = JSON.parse(String(pair!.geo)) as { columns: { g: { crs: { name: string } | null } } };
      const name =
        crs && { 'OGC:CRS84': 'WGS 84 (CRS84)', 'EPSG:2263': 'NAD83 / New York Long Island (ftUS)' }[crs.code ?? ''];
      assert.equal(geo.columns.g.crs?.name, crs && (name ?? 'Ours'), where);
      const differing = await withShapes.rows(
        `SELECT * FROM (SELECT c1 AS i, ST_AsHEXWKB(c0) AS g FROM ${rows.from} WHERE ${where}) AS a
         FULL JOIN (SELECT i, ST_AsHEXWKB(g) AS g FROM read_parquet(${literal(file)})) AS b USING (i) WHERE a.g IS DISTINCT FROM b.g`,
      );
      assert.deepEqual(differing, []);
    }
  }
});
