import { overTable, type Relation } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { JsonColumn, type Treatment } from './json-column.ts';
import { cellOf } from './json-values.ts';
import { beyondLimit, checkColumns, type ReadLimits } from './limits.ts';
import type { PythonJson } from './python-json.ts';
import { StagedRows } from './staged/rows.ts';

/**
 * A closed table of what `fill` puts into it; undefined where that says that it is of no use.
 * @throws LifecycleError ING_LIMIT, ING_BAD_VALUE
 */
export async function gathered(
  context: FormatContext,
  treatmentOf: (name: string) => Treatment,
  fill: (table: JsonTable) => Promise<boolean>,
): Promise<JsonTable | undefined> {
  const table = await JsonTable.create(context, treatmentOf);
  let isOfUse = false;
  try {
    isOfUse = await fill(table);
  } finally {
    await table.close();
    if (!isOfUse) await table.discard();
  }
  return isOfUse ? table : undefined;
}

/** A closed table of these records. */
export async function addedOneByOne(
  records: readonly ReadonlyMap<string, PythonJson>[],
  treatmentOf: (name: string) => Treatment,
  context: FormatContext,
): Promise<JsonTable> {
  const table = await gathered(context, treatmentOf, async (table) => {
    for (const record of records) {
      table.add(record);
      await table.flush();
    }
    return true;
  });
  return table!;
}

/** Gathers a table from rows that name their values; columns stand in the order in which their names first appear. */
export class JsonTable {
  readonly #staged: StagedRows;
  readonly #bounds: ReadLimits;
  readonly #treatmentOf: (name: string) => Treatment;
  readonly #places = new Map<string, number>();
  readonly columns: JsonColumn[] = [];

  private constructor(staged: StagedRows, treatmentOf: (name: string) => Treatment, bounds: ReadLimits) {
    this.#staged = staged;
    this.#treatmentOf = treatmentOf;
    this.#bounds = bounds;
  }

  static async create(context: FormatContext, treatmentOf: (name: string) => Treatment): Promise<JsonTable> {
    return new JsonTable(await StagedRows.create(context, []), treatmentOf, context.bounds);
  }

  /**
   * Where a column stands; one that is not there yet is added.
   * @throws LifecycleError ING_LIMIT
   */
  place(name: string): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const { length } = this.columns;
    if (length >= this.#bounds.columns) {
      const what = `the table has ${length + 1} columns or more, which is more than the allowed`;
      throw beyondLimit(this.#bounds, 'columns', what, '');
    }
    this.columns.push(new JsonColumn(name, this.#treatmentOf(name), this.#staged));
    this.#places.set(name, length);
    return length;
  }

  add(record: ReadonlyMap<string, PythonJson>): void {
    for (const [name, value] of record) this.columns[this.place(name)]!.put(cellOf(value));
    this.endRow();
  }

  endRow(): void {
    this.#staged.endRow();
  }

  /** Whether `flush` has something to do. */
  get isDue(): boolean {
    return this.#staged.isDue;
  }

  async flush(): Promise<void> {
    await this.#staged.flushIfDue();
  }

  /** Ends the table; must be called also when something went wrong. */
  async close(): Promise<void> {
    await this.#staged.close();
  }

  /** Takes the closed file away, which has turned out to be of no use. */
  async discard(): Promise<void> {
    await this.#staged.discard();
  }

  get rows(): number {
    return this.#staged.rows;
  }

  /** The closed file with columns `c0`, `c1`, … that are SQL over those of its columns, to stand behind FROM. */
  selected(expressions: readonly string[]): string {
    return this.#staged.selected(expressions);
  }

  /** The closed file, to stand behind FROM. */
  get scan(): string {
    return this.#staged.scan;
  }

  /** The same with the place of each row, from 0. */
  get numbered(): string {
    return `(SELECT *, row_number() OVER () - 1 AS rowid FROM ${this.scan})`;
  }

  /**
   * The table, after it was closed.
   * @throws LifecycleError ING_MIXED_TYPES, ING_NUMBER_TOO_LARGE, ING_LIMIT for a column that no single type holds
   */
  relation(): Relation {
    checkColumns({ names: this.columns.map(({ name }) => name) }, this.#bounds);
    const results = this.columns.map((column) => ({ name: column.name, ...column.result() }));
    return overTable(this.selected(results.map(({ expression }) => expression)), results);
  }
}
