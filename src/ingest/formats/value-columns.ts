import type { Relation } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { checkColumns } from './limits.ts';
import { RowFile, typeOf } from './row-file.ts';
import type { Value } from './values.ts';

interface ValueColumn {
  name: string;
  /** One a row. */
  values: Value[];
}

/** Gathers columns from rows that name their values; columns stand in the order in which their names first appear. */
export class ColumnCollector {
  readonly #columns = new Map<string, ValueColumn>();
  /** How many rows were begun. */
  rows = 0;

  beginRow(): void {
    this.rows++;
  }

  /** Sets a value of the row that was begun last; a name that comes again replaces it. */
  set(name: string, value: Value): void {
    let column = this.#columns.get(name);
    if (!column) {
      column = { name, values: [] };
      this.#columns.set(name, column);
    }
    const { values } = column;
    while (values.length < this.rows - 1) values.push(null);
    values[this.rows - 1] = value;
  }

  /** All of the same length. */
  columns(): ValueColumn[] {
    for (const { values } of this.#columns.values()) while (values.length < this.rows) values.push(null);
    return [...this.#columns.values()];
  }
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
