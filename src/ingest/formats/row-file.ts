import { overTable, type Relation } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { StagedRows } from './staged/rows.ts';
import { ValueColumn } from './value-column.ts';
import type { Tally } from './value-kinds.ts';
import type { Value } from './values.ts';

interface RowFileColumn {
  name: string;
  type: string;
}

/** Rows made in JavaScript on their way to DuckDB. They are tallied as they pass and never kept. */
export class RowFile {
  readonly #staged: StagedRows;
  readonly #columns: ValueColumn[] = [];

  private constructor(staged: StagedRows) {
    this.#staged = staged;
  }

  /** @param context its `workDir` takes the file, which lives as long as that */
  static async create(context: Pick<FormatContext, 'engine' | 'workDir'>): Promise<RowFile> {
    return new RowFile(await StagedRows.create(context, []));
  }

  /** How many rows were added. */
  get rows(): number {
    return this.#staged.rows;
  }

  /** One a column, as many as the widest row has had. */
  get tallies(): Tally[] {
    return this.#columns.map(({ tally }) => tally);
  }

  /** Takes a row without writing it yet: `flush` must follow before many more. */
  add(row: readonly Value[]): void {
    for (let i = 0; i < row.length; i++) {
      let column = this.#columns[i];
      if (!column) {
        column = new ValueColumn(this.#staged);
        this.#columns.push(column);
      }
      column.put(row[i]!);
    }
    this.#staged.endRow();
  }

  /** Writes what has gathered, if it is much. */
  async flush(): Promise<void> {
    await this.#staged.flushIfDue();
  }

  /** Ends the file; must be called also when something went wrong. */
  async close(): Promise<void> {
    await this.#staged.close();
  }

  /** The closed file with these columns, read as their types. */
  relation(columns: readonly RowFileColumn[]): Relation {
    const list = columns.map(({ type }, i) => this.#columns[i]?.expression(type) ?? `CAST(NULL AS ${type})`);
    return overTable(this.#staged.selected(list), columns);
  }
}
