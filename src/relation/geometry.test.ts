import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../test/fixtures/mutate.ts';
import { engine, tableOf } from '../../test/fixtures/steps.ts';
import { casesOf } from '../../test/second-part.ts';
import { literal } from '../engine/sql.ts';
import { isBrokenAssumption } from './assumption.ts';
import { addGeometry, type GeometryOption, normaliseGeometry } from './geometry.ts';
import { findColumn, type Relation, selectOf } from './relation.ts';

const CRS = 'EPSG:4326';

async function made(query: string, option: Partial<GeometryOption>, trustSample = false): Promise<Relation> {
  return addGeometry(engine, await tableOf(query), { geom_column: 'g', crs: CRS, ...option }, trustSample);
}

/** The active geometry as text, row by row. */
async function texts(relation: Relation): Promise<unknown[]> {
  const { expression } = findColumn(relation, relation.geometry!.column)!;
  const rows = await engine.rows(
    `SELECT ST_AsText(geometry) AS t FROM (SELECT ${expression} AS geometry FROM ${relation.from})`,
  );
  return rows.map(({ t }) => t);
}

test('points of two columns: numbers or text, in the place of an old column `geometry`', async () => {
  const xy = { geom_column: { x: 'x', y: 'y' } };
  const points = await made("SELECT * FROM (VALUES (1, '2.5'), (3, NULL), (NULL, '1e1')) AS v(x, y)", xy);
  assert.deepEqual(points.geometry, { column: 'geometry', crs: { definition: CRS, code: CRS } });
  assert.deepEqual(await texts(points), ['POINT (1 2.5)', null, null]);
  const over = await made("SELECT 'old' AS geometry, 1 AS x, 2 AS y", xy);
  assert.deepEqual(over.columns.map(({ name, type }) => [name, type]).at(0), ['geometry', 'GEOMETRY']);
  assert.equal(over.columns.length, 3);
  for (const bad of ['1_000', 'north', '', '+-1']) {
    const query = `SELECT * FROM (VALUES (1, '2'), (2, '${bad}')) AS v(x, y)`;
    await assert.rejects(made(query, xy), {
      code: 'ING_BAD_GEOMETRY',
      message: /column "y", row 2: .* is no coordinate/,
    });
  }
});

test('text is read as WKT, also without the letters of its dimension; bytes and hex as WKB', async () => {
  const wkt = (text: string) => `SELECT '${text}' AS g`;
  for (const trustSample of [false, true]) {
    assert.deepEqual(await texts(await made(wkt('POINT (1 2)'), {}, trustSample)), ['POINT (1 2)']);
    assert.deepEqual(await texts(await made(wkt('POINT (1 2 3)'), {}, trustSample)), ['POINT Z (1 2 3)']);
    assert.deepEqual(await texts(await made(wkt('POINT EMPTY'), {}, trustSample)), ['POINT EMPTY']);
    assert.deepEqual(await texts(await made('SELECT NULL::VARCHAR AS g', {}, trustSample)), [null]);
  }
  await engine.load('spatial');
  const hex = 'SELECT ST_AsHEXWKB(ST_Point(1, 2)) AS g';
  assert.deepEqual(await texts(await made(hex, { format: 'wkb' })), ['POINT (1 2)']);
  const bytes = 'SELECT ST_AsWKB(ST_Point(1, 2))::BLOB AS g';
  assert.deepEqual(await texts(await made(bytes, { format: 'wkb' })), ['POINT (1 2)']);
});

test('what is no geometry is refused with its value and row, whether or not a sample is trusted', async () => {
  for (const bad of ['nowhere', 'POINT (1 2) and more', 'SRID=4326;POINT (1 2)', 'POINT (1']) {
    const query = `SELECT * FROM (VALUES ('POINT (0 0)'), ('${bad}')) AS v(g)`;
    for (const trustSample of [false, true]) {
      await assert.rejects(
        made(query, {}, trustSample),
        (error: Error & { code: string }) =>
          error.code === 'ING_BAD_GEOMETRY' && error.message.includes(`row 2: ${JSON.stringify(bad)} is no WKT`),
        bad,
      );
    }
  }
  await assert.rejects(made('SELECT 7 AS g', {}), { code: 'ING_BAD_GEOMETRY' });
  await assert.rejects(made("SELECT 'zz' AS g", { format: 'wkb' }), { code: 'ING_BAD_GEOMETRY', message: /no WKB/ });
});

test('what may stand around well-known text is the same however it is found out', async (t) => {
  const cases = casesOf(t, 25, 60);
  await engine.load('spatial');
  const random = seeded(7);
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]!;
  const bases = ['POINT (1 2)', 'POINT EMPTY', 'point empty', 'srid=1;POINT (1 2)', ' POINT (1 2)', 'POINT (1 2'];
  const ends = [' ', '\t', '\r', '\n', '\v', 'x', ')', 'y', ';', 'é'];
  const anyEnd = () => Array.from({ length: Math.floor(random() * 4) }, () => pick(ends)).join('');
  const accepted = { yes: 0, no: 0 };
  for (let i = 0; i < cases; i++) {
    const text = pick(bases) + anyEnd();
    const trimmed = `rtrim(t, chr(32) || chr(9) || chr(13) || chr(10))`;
    const { parses } = await engine.row(
      `SELECT TRY(ST_GeomFromText(t)) IS NOT NULL AND NOT starts_with(lower(t), 'srid') AND right(${trimmed}, 1) IN (')', 'Y', 'y') AS parses
       FROM (SELECT ${literal(text)} AS t)`,
    );
    accepted[parses === true ? 'yes' : 'no']++;
    const table = await tableOf(`SELECT ${literal(text)} AS g`);
    for (const rows of [table, { ...table, from: `(SELECT * FROM ${table.from})` }]) {
      const work = addGeometry(engine, rows, { geom_column: 'g', crs: CRS }, true).then(texts);
      const outcome = await work.then(
        () => true,
        (error: { code: string }) => error.code,
      );
      assert.equal(outcome, parses === true ? true : 'ING_BAD_GEOMETRY', JSON.stringify(text));
    }
  }
  assert.ok(accepted.yes > cases / 6 && accepted.no > cases / 6, JSON.stringify(accepted));
});

test('points written in one cell: the pattern says which number is which', async () => {
  const cell = "SELECT '(40.7, -74.0)' AS g";
  assert.deepEqual(await texts(await made(cell, { format: { point_xy_str: '(y, x)' } })), ['POINT (-74 40.7)']);
  assert.deepEqual(await texts(await made(cell, { format: { point_xy_str: '(x, y)' } })), ['POINT (40.7 -74)']);
  await assert.rejects(made(cell, { format: { point_xy_str: 'x y' } }), {
    code: 'ING_BAD_GEOMETRY',
    message: /not written as "x y"/,
  });
});

test('points of text are the same whether the first rows or all are looked at, and a late mistake ends the work', async () => {
  const number = (sql: string) => `printf('%.7f', ${sql})`;
  const [x, y] = [number('(random() - 0.5) * pow(10, i % 7)'), number('random() * pow(10, i % 5)')];
  const rows = `SELECT x, y, '(' || y || ', ' || x || ')' AS g FROM (SELECT ${x} AS x, ${y} AS y FROM range(20_000) AS r(i))`;
  const table = await tableOf(rows);
  const scanned = { ...table, from: `(SELECT * FROM ${table.from})` };
  const options = [{ geom_column: { x: 'x', y: 'y' } }, { geom_column: 'g', format: { point_xy_str: '(y, x)' } }];
  for (const option of options) {
    const make = (relation: Relation, trustSample: boolean) =>
      addGeometry(engine, relation, { crs: CRS, ...option }, trustSample);
    const point = 'ST_AsText(ST_Point(CAST(c0 AS DOUBLE), CAST(c1 AS DOUBLE)))';
    const expected = (await engine.rows(`SELECT ${point} AS t FROM ${table.from}`)).map(({ t }) => t);
    for (const trustSample of [false, true]) {
      const found = await texts(await make(scanned, trustSample));
      assert.equal(found.length, expected.length);
      const wrong = found.findIndex((text, i) => text !== expected[i]);
      assert.equal(wrong, -1, `${found[wrong]} for ${expected[wrong]}`);
    }
    const late = await tableOf(
      `${rows} UNION ALL SELECT '1.0', 'north', '(1.0; 2.0)' UNION ALL SELECT '1.0', '2.0', '(1.0, 2.0)'`,
    );
    const lately = { ...late, from: `(SELECT * FROM ${late.from})` };
    await assert.rejects(make(lately, false), { code: 'ING_BAD_GEOMETRY', message: /row 20001/ });
    const promising = await make(lately, true);
    const dropped = { ...promising, columns: promising.columns.filter(({ name }) => name === 'x') };
    await assert.rejects(engine.rows(selectOf(dropped)), isBrokenAssumption, 'also where the points are dropped later');
  }
});

test('a column that is not there and a CRS that nobody knows are told as such', async () => {
  await assert.rejects(made('SELECT 1 AS other', {}), { code: 'ING_MISSING_COLUMN', message: /"g"/ });
  await assert.rejects(made("SELECT 'POINT (1 2)' AS g", { crs: 'EPSG:1' }), { code: 'ING_UNKNOWN_CRS' });
});

test('every geometry is called geom and is valid; a valid one stays as it is', async () => {
  const bow = "'POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))'";
  const clockwise = "'POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))'";
  const relation = normaliseGeometry(await made(`SELECT unnest([${bow}, ${clockwise}]) AS g, 1 AS n`, {}));
  assert.deepEqual(
    relation.columns.map(({ name }) => name),
    ['geom', 'n'],
  );
  assert.equal(relation.geometry?.column, 'geom');
  const [mended, kept] = await texts(relation);
  assert.match(String(mended), /^MULTIPOLYGON/);
  assert.equal(kept, 'POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))');
  const table = await tableOf('SELECT 1 AS geom');
  assert.equal(normaliseGeometry(table), table);
  const taken = await made("SELECT 'POINT (1 2)' AS g, 1 AS geom", {});
  assert.throws(() => normaliseGeometry(taken), { code: 'ING_DUPLICATE_COLUMN' });
  assert.match(selectOf(relation), /ST_MakeValid/);
});
