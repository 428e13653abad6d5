import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine, tableOf } from '../../test/fixtures/steps.ts';
import {
  aggregate,
  bound,
  columnNames,
  failingWhere,
  findColumn,
  firstOffender,
  isInteger,
  isNumeric,
  materialize,
  overTable,
  type Relation,
  rearrange,
  renamed,
  rowsKey,
  selectOf,
  withColumn,
  withColumns,
} from './relation.ts';

const valuesOf = async (relation: Relation) => (await engine.rows(selectOf(relation))).map(Object.values);
const numbers = () => tableOf("SELECT i::INTEGER AS n, 'v' || i AS t FROM range(5) AS r(i)");

test('public names may be anything, also such as SQL takes for the same', async () => {
  const table = await numbers();
  const relation = renamed(table, (name) => (name === 'n' ? 'Some "Name"' : 'some "name"'));
  assert.deepEqual(columnNames(relation), ['Some "Name"', 'some "name"']);
  assert.deepEqual((await valuesOf(relation)).at(1), [1, 'v1']);
  assert.deepEqual((await valuesOf({ ...table, columns: [] })).length, 5);
});

test('a rename and a choice of columns keep the geometry as long as its column is there', async () => {
  const table = { ...(await numbers()), geometry: { column: 'n', crs: undefined } };
  assert.equal(renamed(table, (name) => name.toUpperCase()).geometry?.column, 'N');
  assert.equal(withColumns(table, [findColumn(table, 't')!]).geometry, undefined);
  assert.equal(withColumns(table, [findColumn(table, 'n')!]).geometry?.column, 'n');
});

test('conditions are joined, each for itself, and make other rows of it', async () => {
  const table = await numbers();
  const n = findColumn(table, 'n')!.expression;
  const few = { ...table, where: [`${n} = 1 OR ${n} = 3`, `${n} > 1`] };
  assert.deepEqual(await valuesOf(few), [[3, 'v3']]);
  assert.notEqual(rowsKey(few), rowsKey(table));
  assert.equal(rowsKey(withColumn(few, 'n', { expression: '0' })), rowsKey(few));
  assert.deepEqual(await aggregate(engine, few, { rows: 'count(*)::INTEGER', 'the "sum"': `sum(${n})::INTEGER` }), {
    rows: 1,
    'the "sum"': 3,
  });
});

test('a bound column is computed once a row, and the rows stay the same ones', async () => {
  const table = await numbers();
  await engine.run('CREATE OR REPLACE TEMP SEQUENCE asked');
  const counted = withColumn(table, 'n', { expression: "nextval('asked')" });
  const once = bound(engine, counted, 'n', 't');
  const value = findColumn(once, 'n')!.expression;
  const twice = withColumn(once, 'n', { expression: `${value} - ${value}` });
  assert.deepEqual(
    (await valuesOf(twice)).map(([difference]) => String(difference)),
    ['0', '0', '0', '0', '0'],
  );
  assert.equal(rowsKey(twice), rowsKey(table));
  // What is only named costs nothing: there is nothing to bind.
  assert.equal(bound(engine, table, 'n'), table);
});

test('a condition that fails ends reading with its text, where it holds for some row', async () => {
  const table = await numbers();
  const n = findColumn(table, 'n')!.expression;
  const harmless = failingWhere(table, `${n} > 7`, "it's wrong");
  assert.equal((await valuesOf(harmless)).length, 5);
  assert.equal(rowsKey(harmless), rowsKey(table));
  await assert.rejects(valuesOf(failingWhere(table, `${n} > 3`, "it's wrong")), /it's wrong/);
});

test('rows in another order, or some of them: places are those before', async () => {
  const table = await numbers();
  const doubled = { ...withColumn(table, 'n', { expression: `${findColumn(table, 'n')!.expression} * 10` }) };
  for (const relation of [table, doubled]) {
    const last = await rearrange(engine, relation, (ref, place) => `ORDER BY ${ref('t')} DESC, ${place} LIMIT 2`);
    assert.deepEqual(
      (await valuesOf(last)).map(([, text]) => text),
      ['v4', 'v3'],
    );
    const backwards = await rearrange(engine, relation, (_ref, place) => `ORDER BY ${place} DESC`);
    assert.deepEqual(
      (await valuesOf(backwards)).map(([, text]) => text),
      ['v4', 'v3', 'v2', 'v1', 'v0'],
    );
  }
});

test('what lies in a table as it is goes into no other one', async () => {
  const table = await numbers();
  assert.equal(await materialize(engine, table), table);
  const computed = withColumn(table, 't', { expression: "'x'", type: 'VARCHAR' });
  const made = await materialize(engine, { ...computed, where: ['c0 < 2'] });
  assert.deepEqual(await valuesOf(made), [
    [0, 'x'],
    [1, 'x'],
  ]);
  assert.deepEqual(made, overTable(made.from, computed.columns));
});

test('the first value that offends is told with its row among those that are left', async () => {
  const table = await numbers();
  const { expression } = findColumn(table, 'n')!;
  assert.deepEqual(await firstOffender(engine, table, expression, `${expression} > 2`), { value: '3', row: 4 });
  const few = { ...table, where: [`${expression} > 1`] };
  assert.deepEqual(await firstOffender(engine, few, expression, `${expression} > 2`), { value: '3', row: 2 });
  assert.equal(await firstOffender(engine, table, expression, `${expression} > 9`), undefined);
});

test('kinds of numbers by the names that DuckDB has for them', () => {
  const kinds = (type: string) => [
    isNumeric({ name: '', expression: '', type }),
    isInteger({ name: '', expression: '', type }),
  ];
  for (const type of ['TINYINT', 'UINTEGER', 'BIGINT', 'HUGEINT', 'UHUGEINT'])
    assert.deepEqual(kinds(type), [true, true], type);
  for (const type of ['DOUBLE', 'FLOAT', 'DECIMAL(18,3)']) assert.deepEqual(kinds(type), [true, false], type);
  for (const type of ['VARCHAR', 'INTERVAL', 'INTEGER[]', 'BOOLEAN', 'DATE'])
    assert.deepEqual(kinds(type), [false, false], type);
});
