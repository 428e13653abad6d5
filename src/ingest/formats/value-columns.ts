import { checkColumns } from '../read-limits.ts';
import type { Relation } from '../relation.ts';
import type { FormatContext } from './format.ts';
import { RowFile, typeOf } from './row-file.ts';
import type { Value } from './values.ts';

export interface ValueColumn {
  name: string;
  /** One a row. */
  values: Value[];
}

/**
 * Hands columns made in JavaScript to DuckDB.
 *
 * @throws LifecycleError ING_MIXED_TYPES, ING_NUMBER_TOO_LARGE, ING_LIMIT for a column that no single type holds
 */
export async function relationOf(
  columns: readonly ValueColumn[],
  rows: number,
  context: FormatContext,
): Promise<Relation> {
  checkColumns({ names: columns.map(({ name }) => name) }, context.bounds);
  const file = await RowFile.create(context);
  try {
    for (let row = 0; row < rows; row++) {
      file.add(columns.map((column) => column.values[row] ?? null));
      await file.flush();
    }
  } finally {
    await file.close();
  }
  const typed = columns.map(({ name }, i) => {
    const tally = file.tallies[i];
    return { name, type: tally ? typeOf(name, tally, rows) : 'DOUBLE' };
  });
  return file.load(context.engine, typed);
}
