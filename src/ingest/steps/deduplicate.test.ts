import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterSteps, engine, type Step } from '../../../test/fixtures/steps.ts';
import { BOTH_PARTS, leavesOut } from '../../../test/second-part.ts';
import { columnNames, overTable, selectOf } from '../../relation/relation.ts';
import { withoutDuplicates } from './deduplicate.ts';

const KINDS = ['first', 'last', 'none'] as const;

test('rows that a bit marks are those that a join finds, in the order they had', async (t) => {
  leavesOut(t, 'more ways to find rows of a table that several threads read');
  await engine.load('spatial');
  for (const rows of [0, 1, 2, 2049, 150_000]) {
    const key = (many: number) => `CASE WHEN random() < 0.1 THEN NULL ELSE floor(random() * ${many})::INTEGER END`;
    const table = await engine.materialize(
      `SELECT ${key(Math.max(1, rows / 3))} AS c0, ${key(3)}::VARCHAR AS c1, random() AS c2 FROM range(${rows})`,
    );
    const relation = overTable(table, [
      { name: 'k', type: 'INTEGER' },
      { name: 't', type: 'VARCHAR' },
      { name: 'r', type: 'DOUBLE' },
    ]);
    const given = await engine.columns(`SELECT * FROM ${table} ORDER BY rowid`);
    for (const keep of KINDS) {
      for (const by of rows < 100_000 || BOTH_PARTS ? [['k'], ['t'], ['k', 't'], columnNames(relation)] : [['k']]) {
        const read = async (most?: number) =>
          engine.columns(
            selectOf(
              await withoutDuplicates(
                relation,
                by,
                keep,
                { engine },
                most === undefined ? {} : { maxMarkedRows: most },
              ),
            ),
          );
        const marked = await read();
        const what = `${rows} rows by ${by}, ${keep}`;
        assert.deepEqual(marked, await read(-1), what);
        assert.deepEqual(
          marked,
          expected(
            given,
            by.map((name) => columnNames(relation).indexOf(name)),
            keep,
          ),
          what,
        );
      }
    }
  }
});

test('the first of sorted rows is found before they are sorted', async () => {
  for (const rows of [0, 1, 2049, 20_000]) {
    const some = (many: number) => `CASE WHEN random() < 0.1 THEN NULL ELSE floor(random() * ${many})::INTEGER END`;
    const table = await engine.materialize(
      `SELECT ${some(Math.max(1, rows / 3))} AS k, ${some(4)} AS a, 't' || ${some(3)} AS b, ${some(2)} / 7.0 AS c, i FROM range(${rows}) AS r(i)`,
    );
    for (const [by, sort_columns, sort_ascending] of [
      [['k'], ['a', 'b'], [false, true]],
      [['k'], ['c'], true],
      [['a', 'b'], ['b', 'k'], false],
      [undefined, ['b', 'a'], false],
    ] as const) {
      const query = `SELECT * FROM ${table}`;
      const args = { ...(by && { by }), sort_columns, sort_ascending };
      const found = await afterSteps(query, [['deduplicate', args]]);
      const sorted: Step = ['sort', { by: sort_columns, ascending: sort_ascending }];
      const one = await afterSteps(query, [sorted, ['deduplicate', by ? { by } : {}]]);
      assert.deepEqual(found, one, `${rows} rows, ${JSON.stringify(args)}`);
    }
  }
});

function expected(columns: unknown[][], by: readonly number[], keep: (typeof KINDS)[number]): unknown[][] {
  const places = new Map<string, number[]>();
  for (let row = 0; row < (columns[0]?.length ?? 0); row++) {
    const key = JSON.stringify(by.map((column) => columns[column]![row]));
    const before = places.get(key);
    if (before) before.push(row);
    else places.set(key, [row]);
  }
  const kept = [...places.values()].flatMap((rows) => {
    if (keep === 'none') return rows.length === 1 ? rows : [];
    return [keep === 'first' ? rows[0]! : rows.at(-1)!];
  });
  kept.sort((a, b) => a - b);
  // A result without rows has no columns here.
  return kept.length === 0 ? [] : columns.map((column) => kept.map((row) => column[row]));
}
