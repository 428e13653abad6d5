import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FormatContext } from '../../src/ingest/formats/format.ts';
import { readFormat } from '../../src/ingest/formats/registry.ts';
import { selectOf } from '../../src/relation/relation.ts';
import { silentReporter } from '../../src/report.ts';
import { type GdbFiles, geodatabaseOf, layerTable, zipTo } from '../fixtures/geodatabase.ts';
import { engine } from '../fixtures/steps.ts';

const FIXTURES = path.join(import.meta.dirname, '..', 'fixtures', 'geodatabase');

async function workDirOf(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-geodatabase-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

/** WKT with the coordinates that were meant: a geodatabase keeps them on a grid. */
function onGrid(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[A-Z Z]+ \(/.test(value)) return value;
  return value.replace(/-?\d+\.\d+(?:e-?\d+)?/g, (n) => String(Math.round(Number(n) * 1000) / 1000 || 0));
}

/** Reads a layer; a geometry comes as WKT. */
async function readLayer(t: TestContext, file: string, format: object = {}) {
  const workDir = await workDirOf(t);
  const logged: string[] = [];
  const reporter = { ...silentReporter, log: (_: string, text: string) => void logged.push(text) };
  const context = { engine, workDir, reporter, signal: new AbortController().signal } as unknown as FormatContext;
  const relation = await readFormat('geodatabase', file, { type: 'geodatabase', crs: 'EPSG:2263', ...format }, context);
  const columns = relation.columns.map((column) =>
    column.type === 'GEOMETRY' ? { ...column, expression: `ST_AsText(${column.expression})` } : column,
  );
  return {
    logged,
    names: columns.map(({ name }) => name),
    types: columns.map(({ type }) => type),
    rows: (await engine.rows(selectOf({ ...relation, columns }))).map((row) => Object.values(row).map(onGrid)),
  };
}

/** Writes a query's rows and reads them back. */
async function roundTrip(
  t: TestContext,
  query: string,
  change: (files: GdbFiles) => void = () => {},
  geometryType = 'POINT',
) {
  const dir = await workDirOf(t);
  const files = await geodatabaseOf(engine, dir, query, geometryType);
  change(files);
  return readLayer(t, await zipTo(path.join(dir, 'lay1.gdb.zip'), files, 'lay1.gdb'));
}

test('values of all types, nulls, and names that the database uses', async (t) => {
  const { names, types, rows } = await roundTrip(
    t,
    `SELECT * FROM (VALUES
      (1::INTEGER, 7::INTEGER, 'é', 1.5::DOUBLE, 'x', 'a', TIMESTAMP '1950-06-15 23:59:59', ST_Point(1, 2)),
      (2, NULL, '', NULL, NULL, 'b', TIMESTAMP '1899-12-30 00:00:00', ST_Point(3, 4)),
      (3, 9, 'z', -2.25, 'y', 'c', TIMESTAMP '2024-01-31 10:20:30', NULL)) AS t(i, gap, s, d, "OGC_FIX", "GEOX", moment, geom)`,
    // DuckDB does not write such names.
    (files) => {
      const table = files.get(layerTable(files))!;
      for (const [written, name] of [
        ['OGC_FIX', 'OGC_FID'],
        ['GEOX', 'GEOM'],
      ])
        table.write(name!, table.indexOf(Buffer.from(written!, 'utf16le')), 'utf16le');
    },
  );
  assert.deepEqual(names.slice(0, -1), ['i', 'gap', 's', 'd', 'OGC_FID', 'GEOM', 'moment']);
  assert.deepEqual(types.slice(0, 6), ['INTEGER', 'DOUBLE', 'VARCHAR', 'DOUBLE', 'VARCHAR', 'VARCHAR']);
  const at = rows.map((row) => String(row[6]).replace(/\+00$/, ''));
  assert.deepEqual(at, ['1950-06-15 23:59:59', '1899-12-30 00:00:00', '2024-01-31 10:20:30']);
  assert.deepEqual(
    rows.map((row) => row.toSpliced(6, 1)),
    [
      [1, 7, 'é', 1.5, 'x', 'a', 'POINT (1 2)'],
      [2, null, '', null, null, 'b', 'POINT (3 4)'],
      [3, 9, 'z', -2.25, 'y', 'c', null],
    ],
  );
});

test('polygons and lines are multiple, holes and islands in holes are found', async (t) => {
  const square = (x: number, side: number) =>
    `(${x} ${x}, ${x + side} ${x}, ${x + side} ${x + side}, ${x} ${x + side}, ${x} ${x})`;
  const { rows } = await roundTrip(
    t,
    `SELECT ST_GeomFromText('MULTIPOLYGON ((${square(0, 100)}, ${square(10, 50)}), (${square(20, 5)}))') AS geom`,
    undefined,
    'MULTIPOLYGON',
  );
  const [[wkt]] = rows as [[string]];
  assert.match(wkt, /^MULTIPOLYGON \(\(\(.*\), \(.*\)\), \(\(.*\)\)\)$/);
  const { area } = await engine.row(`SELECT ST_Area(ST_GeomFromText('${wkt}')) AS area`);
  assert.equal(Math.round(Number(area)), 10_000 - 2_500 + 25);
  const lines = await roundTrip(
    t,
    `SELECT ST_GeomFromText('LINESTRING Z (0 0 1, 1 1 2)') AS geom`,
    undefined,
    'MULTILINESTRING',
  );
  assert.deepEqual(lines.rows, [['MULTILINESTRING Z ((0 0 1, 1 1 2))']]);
});

test('true curves become short lines', async (t) => {
  const { rows } = await readLayer(t, path.join(FIXTURES, 'curves.gdb.zip'), { layer: 'lots' });
  for (const [name, wkt] of rows as [string, string][]) {
    const [facts] = await engine.rows(
      `SELECT ST_Area(g) AS area, ST_NPoints(g) AS points, ST_IsValid(g) AS valid FROM (SELECT ST_GeomFromText('${wkt}') AS g)`,
    );
    assert.match(wkt, /^MULTIPOLYGON/);
    assert.equal(facts!.valid, true);
    if (name === 'square') assert.deepEqual([Math.round(Number(facts!.area)), Number(facts!.points)], [100, 5]);
    else assert.ok(Number(facts!.points) > 16 && Math.abs(Number(facts!.area) - 4 * Math.PI * Math.PI) < 0.4);
  }
});

test('64-bit numbers of ArcGIS Pro 3.2, in a table without geometry', async (t) => {
  const { names, types, rows } = await readLayer(t, path.join(FIXTURES, 'pro32.gdb.zip'), { layer: 'tab' });
  assert.deepEqual([names, types, rows], [['k', 'big'], ['VARCHAR', 'BIGINT'], [['a', '1099511627776']]]);
});

const POINTS = 'SELECT i::INTEGER AS i, ST_Point(i, i) AS geom FROM range(400) AS r(i)';

test('fault 41: a layer that is not there is refused with the names of those that are', async (t) => {
  const dir = await workDirOf(t);
  const zip = await zipTo(path.join(dir, 'a.zip'), await geodatabaseOf(engine, dir, POINTS), 'a.gdb');
  await assert.rejects(readLayer(t, zip, { layer: 'other' }), { code: 'ING_FILE_NOT_FOUND', hint: /lay1/ });
  assert.equal((await readLayer(t, zip, { layer: 'LAY1' })).rows.length, 400);
  await assert.rejects(readLayer(t, zip, { crs: 'EPSG:4326' }), { code: 'ING_WRONG_CRS', hint: /EPSG:2263/ });
});

test('fault 40: rows that are missing, cut or damaged are refused, with both numbers', async (t) => {
  const refused = async (message: RegExp, change: (table: Buffer, list: Buffer) => { table?: Buffer; list?: Buffer }) =>
    assert.rejects(
      roundTrip(t, POINTS, (files) => {
        const table = layerTable(files);
        const list = table.replace(/table$/, 'tablx');
        const changed = change(files.get(table)!, files.get(list)!);
        if (changed.table) files.set(table, changed.table);
        if (changed.list) files.set(list, changed.list);
      }),
      { code: 'ING_BAD_FILE', message },
    );
  await refused(/has 3000 bytes, where its header says \d+/, (table) => ({ table: table.subarray(0, 3000) }));
  await refused(/says that it has 401 rows, and lists 400/, (table) => {
    table.writeInt32LE(401, 4);
    return { table };
  });
  await refused(/says that it has 400 rows, and lists 399/, (_, list) => {
    list.fill(0, 16 + 5 * 7, 16 + 5 * 8);
    return { list };
  });
  await refused(/row 11 would reach to byte/, (_, list) => {
    list.writeUIntLE(10_000_000, 16 + 5 * 10, 5);
    return { list };
  });
  await refused(/where what it lists takes/, (_, list) => ({ list: list.subarray(0, 2000) }));
  await refused(/is damaged at row 1: it ends too early/, (table, list) => {
    const place = list.readUIntLE(16, 5);
    table.writeUInt32LE(table.readUInt32LE(place) - 3, place);
    return { table };
  });
  await assert.rejects(
    roundTrip(t, POINTS, (files) => void files.delete(layerTable(files).replace(/table$/, 'tablx'))),
    { code: 'ING_BAD_FILE', message: /has no a\w+\.gdbtablx/ },
  );
});

test('multipatches and compressed tables are said', async (t) => {
  const asMultiPatch = (files: GdbFiles) => {
    const table = files.get(layerTable(files))!;
    const place = files.get(layerTable(files).replace(/table$/, 'tablx'))!.readUIntLE(16, 5);
    const length = table.readUInt32LE(place);
    const row = table.subarray(place + 4, place + 4 + length);
    // A point begins with its type, behind the length of its bytes.
    row[row.indexOf(Buffer.from([row[1]!, 1])) + 1] = 32;
  };
  await assert.rejects(roundTrip(t, 'SELECT ST_Point(1, 2) AS geom', asMultiPatch), {
    code: 'ING_BAD_GEOMETRY',
    message: /multipatches/,
  });
  const dir = await workDirOf(t);
  const files = await geodatabaseOf(engine, dir, POINTS);
  const table = layerTable(files);
  files.set(`${table}.cdf`, Buffer.alloc(1));
  const refused = { code: 'ING_BAD_FILE', message: new RegExp(`lists layer .*, and has no ${table}`) };
  await assert.rejects(readLayer(t, await zipTo(path.join(dir, 'a.zip'), files, 'a.gdb')), refused);
  files.delete(`${table}.cdf`);
  files.delete(table);
  await assert.rejects(readLayer(t, await zipTo(path.join(dir, 'b.zip'), files, 'a.gdb')), refused);
});
