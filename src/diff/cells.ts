import type { Engine } from '../engine/engine.ts';
import type { ComparedColumn } from './compared-column.ts';
import type { MatchedRows } from './rows.ts';
import type { Side } from './side.ts';

/** Columns that one statement compares: wide tables would make it take the longer to plan than to run. */
const BLOCK = 100;

/**
 * A table of every value that changed: `ra`, `rb`, the column's number `c`, and of shapes the `distance`.
 */
export async function changedCells(
  engine: Engine,
  before: Side,
  now: Side,
  columns: readonly ComparedColumn[],
  { pairs }: MatchedRows,
): Promise<string> {
  const cells = await engine.materialize(
    'SELECT 0::BIGINT AS ra, 0::BIGINT AS rb, 0 AS c, 0::DOUBLE AS distance WHERE false',
  );
  const { n } = await engine.row(`SELECT count(*) AS n FROM ${pairs}`);
  if (Number(n) === 0) return cells;
  for (let from = 0; from < columns.length; from += BLOCK) {
    const block = columns.slice(from, from + BLOCK);
    const forms = block.flatMap(({ form }, i) => [`${form.before('a')} AS a${i}`, `${form.now('b')} AS b${i}`]);
    const joined = `SELECT p.ra, p.rb, ${forms.join(', ')} FROM ${pairs} p JOIN ${before.source} a ON a.${before.row} = p.ra JOIN ${now.source} b ON b.${now.row} = p.rb`;
    const plain = block.flatMap((column, i) =>
      column.kind === 'shape' ? [] : [`CASE WHEN ${changed(column, i)} THEN ${from + i} END`],
    );
    const shapes = block.flatMap((column, i) => (column.kind === 'shape' ? [{ column, i }] : []));
    const distances = shapes.map(
      ({ column, i }) =>
        `CASE WHEN a${i} IS DISTINCT FROM b${i} THEN CASE WHEN a${i} IS NULL OR b${i} IS NULL THEN 'inf'::DOUBLE ELSE ${column.distance!(`a${i}`, `b${i}`)} END END AS d${i}`,
    );
    const found = await engine.materialize(
      `SELECT ra, rb, list_filter([${plain.join(', ')}]::INTEGER[], lambda c: c IS NOT NULL) AS cs${distances.map((each) => `, ${each}`).join('')} FROM (${joined})`,
    );
    await engine.run(`INSERT INTO ${cells} SELECT ra, rb, unnest(cs), NULL FROM ${found} WHERE len(cs) > 0`);
    for (const { i } of shapes)
      await engine.run(`INSERT INTO ${cells} SELECT ra, rb, ${from + i}, d${i} FROM ${found} WHERE d${i} IS NOT NULL`);
    await engine.run(`DROP TABLE ${found}`);
  }
  return cells;
}

function changed({ differs }: ComparedColumn, i: number): string {
  const other = `a${i} IS DISTINCT FROM b${i}`;
  return differs ? `${other} AND ${differs(`a${i}`, `b${i}`)}` : other;
}
