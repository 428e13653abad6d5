import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine, tableOf } from '../../test/fixtures/steps.ts';
import { addGeometry } from './geometry.ts';
import { averageSize } from './geometry-size.ts';
import { bound, requireGeometryColumn } from './relation.ts';

const QUERY = `SELECT CASE WHEN i % 7 <> 0 THEN 'LINESTRING (' || array_to_string(list_transform(range(2 + i % 13), lambda k: k || ' ' || i), ', ') || ')' END AS g
  FROM range(20_000) AS r(i)`;

test('what geometries take is noted when their first rows are looked at, and is what looking again would tell', async () => {
  const table = await tableOf(QUERY);
  const scanned = { ...table, from: `(SELECT * FROM ${table.from})` };
  const relation = await addGeometry(engine, scanned, { geom_column: 'g', crs: 'EPSG:4326' }, true);
  const column = requireGeometryColumn(relation, 'g');
  const { average } = await engine.row(
    `SELECT avg(coalesce(octet_length(ST_AsWKB(ST_GeomFromText(c0))), 0)) AS average FROM (SELECT * FROM ${table.from} LIMIT 8192)`,
  );
  const gone = { ...relation, from: 'a_table_that_is_not_there' };
  assert.equal(await averageSize(engine, gone, [column]), average);
  assert.ok(Math.abs((await averageSize(engine, gone, [column, column]))! - 2 * Number(average)) < 1e-9);
  const steps = { ...column, expression: `ST_Multi(${column.expression})`, outline: column.expression };
  assert.equal(await averageSize(engine, gone, [steps]), average);
  const again = bound(engine, { ...relation, columns: [steps] }, 'g');
  assert.notEqual(await averageSize(engine, again, again.columns), average, 'another value is looked at itself');
});

test('what only computing them would tell is not told', async () => {
  const table = await tableOf("SELECT 'POINT (1 2)' AS g");
  const column = { ...table.columns[0]!, expression: 'ST_GeomFromText(c0)' };
  assert.equal(await averageSize(engine, table, [column]), undefined);
  assert.equal(await averageSize(engine, table, [{ ...column, outline: column.expression }]), 21);
});
