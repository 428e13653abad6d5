import type { Row } from '../../engine/engine.ts';
import { inParallel } from '../../in-parallel.ts';
import { materialize, overTable, type Relation, type RelationColumn } from '../../relation/relation.ts';
import { RowFile } from '../formats/row-file.ts';
import type { StepContext } from '../steps/step.ts';
import { type Ask, withGeosupport } from './client.ts';
import type { Cell } from './fields.ts';

interface Geocoding {
  /** The columns of the relation that a row's geocoding looks at. */
  inputs: readonly RelationColumn[];
  /** The names of what it makes; all text. */
  outputs: readonly string[];
  /**
   * @param values of `inputs`, as JSON has them
   * @param row from 1
   * @returns one cell an output
   */
  geocode(values: readonly unknown[], row: number, ask: Ask): Promise<readonly Cell[]>;
}

/** Rows that are read at a time. */
const BATCH = 10_000;
/** Rows that are asked about at once; each has one call under way. */
const IN_FLIGHT = 64;

/**
 * Asks Geosupport about every row, by one process, and gives the relation with the answers behind its own columns. Rows
 * keep their order.
 *
 * @throws LifecycleError ING_GEOSUPPORT
 */
export async function geocodeRows(
  relation: Relation,
  prepare: (base: Relation) => Geocoding,
  context: StepContext,
): Promise<Relation> {
  const { engine, reporter } = context;
  const base = await materialize(engine, relation);
  const { inputs, outputs, geocode } = prepare(base);
  const total = Number((await engine.row(`SELECT count(*) AS n FROM ${base.from}`)).n);
  const list = inputs.map((column, i) => `${column.expression} AS i${i}`).join(', ');
  const file = await RowFile.create(context);
  try {
    await withGeosupport(context, async (ask) => {
      let done = 0;
      for (let first = 0; first < total; first += BATCH) {
        const rows = await engine.rows(
          `SELECT ${list} FROM ${base.from} WHERE rowid >= ${first} AND rowid < ${first + BATCH} ORDER BY rowid`,
        );
        const answers = new Array<readonly Cell[]>(rows.length);
        await inParallel(rows, IN_FLIGHT, async (row, i) => {
          answers[i] = await geocode(valuesOf(row, inputs.length), first + i + 1, ask);
          reporter.progress('geocode', ++done, total, 'rows');
        });
        for (const [i, cells] of answers.entries()) file.add([first + i, ...cells]);
        await file.flush();
      }
    });
  } finally {
    await file.close();
  }
  const texts = outputs.map((name) => ({ name, type: 'VARCHAR' }));
  const answered = file.relation([{ name: 'row', type: 'BIGINT' }, ...texts]);
  const columns = [
    ...base.columns.map((column) => ({ ...column, expression: `b.${column.expression}` })),
    ...texts.map((column, i) => ({ ...column, expression: `a.c${i + 1}` })),
  ];
  const table = await engine.materialize(
    `SELECT ${columns.map((column, i) => `${column.expression} AS c${i}`).join(', ')} FROM ${base.from} b JOIN ${answered.from} a ON b.rowid = a.c0 ORDER BY a.c0`,
  );
  return overTable(table, columns, base.geometry);
}

const valuesOf = (row: Row, count: number) => Array.from({ length: count }, (_, i) => row[`i${i}`] ?? null);
