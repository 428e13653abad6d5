import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { literal } from '../../../engine/sql.ts';
import { encodeStruct, type ThriftStruct, type ThriftValue } from '../../../parquet/thrift-compact.ts';
import type { FormatContext } from '../format.ts';
import { DUCKDB_TYPES, StagedColumn, type StagedType } from './column.ts';

/** Of a row group: DuckDB gives each to one thread, and keeps a few in memory. */
const GROUP_BYTES = 4 * 1024 * 1024;
/** Of a row group at least, for each column: each of its parts has an entry in the footer. */
const CHUNK_BYTES = 4 * 1024;
const GROUP_ROWS = 122_880;
const WIDE = 1000;
/** Below it a copy takes less than a write. */
const SMALL_BYTES = 64 * 1024;
const MAGIC = Buffer.from('PAR1');

/** Numbers of parquet.thrift. */
const PHYSICAL: Record<StagedType, number> = {
  boolean: 0,
  int16: 1,
  int32: 1,
  int64: 2,
  float: 4,
  double: 5,
  text: 6,
  bytes: 6,
  moment: 2,
  day: 1,
  clock: 2,
};
const CONVERTED: Partial<Record<StagedType, number>> = { text: 0, day: 6, clock: 8, moment: 10, int16: 16 };
const RLE = 3;

const TYPE = { i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;
type Field = readonly [number: number, type: keyof typeof TYPE, value: ThriftValue | number];

const struct = (...fields: readonly Field[]): ThriftStruct =>
  new Map(
    fields.map(([number, type, value]) => [
      number,
      { type: TYPE[type], value: typeof value === 'number' ? BigInt(value) : value },
    ]),
  );
const groupOf = ({ rows, bytes, chunks }: { rows: number; bytes: number; chunks: ThriftStruct[] }) =>
  struct([1, 'list', list('struct', chunks)], [2, 'i64', bytes], [3, 'i64', rows]);
const list = (type: keyof typeof TYPE, items: ThriftValue[]): ThriftValue => ({ type: TYPE[type], items });

/**
 * Rows that a reader of ours decodes on their way to DuckDB: an uncompressed Parquet file in the run's own folder, in
 * plain encoding, which takes neither side more than copying bytes. Columns are called `c0`, `c1`, …
 */
export class StagedRows {
  readonly file: string;
  readonly columns: StagedColumn[];
  readonly #handle: FileHandle;
  readonly #groups: { rows: number; bytes: number; chunks: ThriftStruct[] }[] = [];
  #at = MAGIC.length;
  #written = 0;
  /** In the group that is not written yet. */
  #waiting = 0;
  #isDue = false;

  private constructor(file: string, handle: FileHandle, columns: StagedColumn[]) {
    this.file = file;
    this.#handle = handle;
    this.columns = columns;
  }

  /** @param context its `workDir` takes the file, which lives as long as that */
  static async create(
    context: Pick<FormatContext, 'engine' | 'workDir'>,
    columns: readonly { name: string; type: StagedType }[],
  ): Promise<StagedRows> {
    const file = path.join(context.workDir, `rows-${context.engine.newTableName().replaceAll('"', '')}.parquet`);
    const handle = await open(file, 'wx');
    await handle.write(MAGIC, 0, MAGIC.length, 0);
    return new StagedRows(
      file,
      handle,
      columns.map(({ name, type }) => new StagedColumn(name, type)),
    );
  }

  get rows(): number {
    return this.#written + this.#waiting;
  }

  /** Rows that have ended since the last flush. */
  get waiting(): number {
    return this.#waiting;
  }

  /** A column more, of which no row that has ended has a value. */
  addColumn(type: StagedType): StagedColumn {
    const column = new StagedColumn(`c${this.columns.length}`, type);
    this.columns.push(column);
    return column;
  }

  /** A column that has got no value of this row has none. Gives whether `flush` is due. */
  endRow(): boolean {
    this.#waiting++;
    if (this.#waiting >= GROUP_ROWS || this.#hasMuch()) this.#isDue = true;
    return this.#isDue;
  }

  #hasMuch(): boolean {
    // Looking at all columns after each row would cost more than most values do; of a wide one each may hold much.
    if ((this.#waiting & 63) !== 0 && this.columns.length < WIDE) return false;
    const bytes = this.columns.reduce((sum, column) => sum + column.waiting, 0);
    return bytes >= Math.max(GROUP_BYTES, CHUNK_BYTES * this.columns.length);
  }

  /** Whether so much has gathered that it is to be written before more comes. */
  get isDue(): boolean {
    return this.#isDue;
  }

  async flushIfDue(): Promise<void> {
    if (this.#isDue) await this.flush();
  }

  async flush(): Promise<void> {
    this.#isDue = false;
    if (this.#waiting === 0) return;
    const rows = this.#waiting;
    const chunks: ThriftStruct[] = [];
    const start = this.#at;
    for (const [i, column] of this.columns.entries()) chunks.push(await this.#writeChunk(column, i, rows));
    this.#groups.push({ rows, bytes: this.#at - start, chunks });
    this.#written += rows;
    this.#waiting = 0;
  }

  async #writeChunk(column: StagedColumn, index: number, rows: number): Promise<ThriftStruct> {
    column.skipTo(rows);
    const { levels, data } = column.take();
    const size = levels.length + data.length;
    const page = struct([1, 'i32', rows], [2, 'i32', 0], [3, 'i32', RLE], [4, 'i32', RLE]);
    const header = encodeStruct(struct([1, 'i32', 0], [2, 'i32', size], [3, 'i32', size], [5, 'struct', page]));
    const offset = this.#at;
    await this.#write(
      data.length < SMALL_BYTES ? Buffer.concat([header, levels, data]) : Buffer.concat([header, levels]),
    );
    if (data.length >= SMALL_BYTES) await this.#write(data);
    const bytes = this.#at - offset;
    const meta = struct(
      [1, 'i32', PHYSICAL[column.type]],
      [2, 'list', list('i32', [0n, BigInt(RLE)])],
      [3, 'list', list('binary', [Buffer.from(`c${index}`)])],
      [4, 'i32', 0],
      [5, 'i64', rows],
      [6, 'i64', bytes],
      [7, 'i64', bytes],
      [9, 'i64', offset],
    );
    return struct([2, 'i64', offset], [3, 'struct', meta]);
  }

  async #write(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#at + done);
      done += bytesWritten;
    }
    this.#at += bytes.length;
  }

  /** Ends the file; must be called also when something went wrong. */
  async close(): Promise<void> {
    try {
      // A file has a column at least.
      if (this.columns.length === 0) this.addColumn('boolean');
      await this.flush();
      await this.#fillGroups();
      const root = struct([4, 'binary', Buffer.from('schema')], [5, 'i32', this.columns.length]);
      const schema = this.columns.map(({ type }, i) => {
        const converted = CONVERTED[type];
        return struct(
          [1, 'i32', PHYSICAL[type]],
          [3, 'i32', 1],
          [4, 'binary', Buffer.from(`c${i}`)],
          ...(converted === undefined ? [] : [[6, 'i32', converted] as const]),
        );
      });
      const footer = encodeStruct(
        struct(
          [1, 'i32', 1],
          [2, 'list', list('struct', [root, ...schema])],
          [3, 'i64', this.#written],
          [4, 'list', list('struct', this.#groups.map(groupOf))],
        ),
      );
      const length = Buffer.alloc(4);
      length.writeUInt32LE(footer.length);
      await this.#write(Buffer.concat([footer, length, MAGIC]));
    } finally {
      await this.#handle.close();
    }
  }

  /** Takes the closed file away. */
  async discard(): Promise<void> {
    await rm(this.file);
  }

  /** Columns that were added later have no values in the groups before. */
  async #fillGroups(): Promise<void> {
    for (const group of this.#groups) {
      for (let i = group.chunks.length; i < this.columns.length; i++)
        group.chunks.push(await this.#writeChunk(this.columns[i]!, i, group.rows));
    }
  }

  /** A table function over the closed file. */
  get scan(): string {
    return `read_parquet(${literal(this.file)})`;
  }

  /** The closed file with columns `c0`, `c1`, … that are SQL over its own, to stand behind FROM. */
  selected(expressions: readonly string[]): string {
    const list = expressions.map((expression, i) => `${expression} AS c${i}`);
    return `(SELECT ${list.join(', ') || '1 AS nothing'} FROM ${this.scan})`;
  }

  /** Bytes of a column's values in a row on average, where that is a column of bytes and the file is closed. */
  averageBytes({ written, nulls }: StagedColumn): number {
    const lengths = 4 * (this.#written - nulls);
    return this.#written === 0 ? 0 : (written - lengths) / this.#written;
  }

  duckdbType(index: number): string {
    return DUCKDB_TYPES[this.columns[index]!.type];
  }
}
