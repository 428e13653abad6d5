/** How a column lies in the staging file; `moment` is microseconds since 1970, `day` days, `clock` microseconds of the day. */
export type StagedType =
  | 'boolean'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float'
  | 'double'
  | 'text'
  | 'bytes'
  | 'moment'
  | 'day'
  | 'clock';

/** What DuckDB makes of each. */
export const DUCKDB_TYPES: Record<StagedType, string> = {
  boolean: 'BOOLEAN',
  int16: 'SMALLINT',
  int32: 'INTEGER',
  int64: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  text: 'VARCHAR',
  bytes: 'BLOB',
  moment: 'TIMESTAMP',
  day: 'DATE',
  clock: 'TIME',
};

/** Little, since a file may have tens of thousands of columns. */
const FIRST_BYTES = 1024;
/** Below it a loop is faster than a call into the runtime. */
const SHORT_BYTES = 48;
const LAST_OF_ONE_BYTE = 127;
const TWO_TO_32 = 2 ** 32;

/** The values of one column that are not written yet, as parquet's plain encoding has them. */
export class StagedColumn {
  readonly name: string;
  readonly type: StagedType;
  /** Of all rows so far. */
  nulls = 0;
  /** Of all pages so far, as they are written. */
  written = 0;
  #data = Buffer.allocUnsafe(FIRST_BYTES);
  #view = new DataView(this.#data.buffer, this.#data.byteOffset, this.#data.byteLength);
  /** Bytes in use; of truth values, which take a bit each, how many. */
  #used = 0;
  /** One bit a row: whether there is a value. */
  #present = new Uint8Array(128);
  #rows = 0;
  #gaps = 0;

  constructor(name: string, type: StagedType) {
    this.name = name;
    this.type = type;
  }

  /** Bytes that wait to be written. */
  get waiting(): number {
    return this.type === 'boolean' ? this.#used >> 3 : this.#used;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#data.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#data.length, this.#used + bytes));
    this.#data.copy(larger, 0, 0, this.#used);
    this.#data = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.byteLength);
  }

  #row(isPresent: boolean): void {
    const at = this.#rows >> 3;
    if (at === this.#present.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.#present);
      this.#present = larger;
    }
    if (isPresent) this.#present[at]! |= 1 << (this.#rows & 7);
    else this.#gaps++;
    this.#rows++;
  }

  addNull(): void {
    this.#row(false);
    this.nulls++;
  }

  /** Leaves rows without a value, so that as many as these have come since the last page. */
  skipTo(rows: number): void {
    if (rows === this.#rows) return;
    const bytes = (rows + 7) >> 3;
    if (bytes > this.#present.length) {
      const larger = new Uint8Array(Math.max(bytes, 2 * this.#present.length));
      larger.set(this.#present);
      this.#present = larger;
    }
    this.#gaps += rows - this.#rows;
    this.nulls += rows - this.#rows;
    this.#rows = rows;
  }

  /** Of a column of numbers or moments. */
  addNumber(value: number): void {
    this.#row(true);
    this.#reserve(8);
    switch (this.type) {
      case 'int16':
      case 'int32':
      case 'day':
        this.#view.setInt32(this.#used, value, true);
        this.#used += 4;
        return;
      case 'float':
        this.#view.setFloat32(this.#used, value, true);
        this.#used += 4;
        return;
      case 'double':
        this.#view.setFloat64(this.#used, value, true);
        this.#used += 8;
        return;
      default:
        // Whole numbers that a double holds exactly.
        if (value === (value | 0)) {
          this.#view.setInt32(this.#used, value, true);
          this.#view.setInt32(this.#used + 4, value >> 31, true);
          this.#used += 8;
          return;
        }
        this.#view.setInt32(this.#used, value % TWO_TO_32, true);
        this.#view.setInt32(this.#used + 4, Math.floor(value / TWO_TO_32), true);
        this.#used += 8;
    }
  }

  addBigInt(value: bigint): void {
    this.#row(true);
    this.#reserve(8);
    this.#view.setBigInt64(this.#used, value, true);
    this.#used += 8;
  }

  addBoolean(value: boolean): void {
    this.#row(true);
    const at = this.#used >> 3;
    if (at === this.#data.length) {
      const bits = this.#used;
      this.#used = at;
      this.#reserve(1);
      this.#used = bits;
    }
    if ((this.#used & 7) === 0) this.#data[at] = 0;
    if (value) this.#data[at]! |= 1 << (this.#used & 7);
    this.#used++;
  }

  /** Of a column of text (which must be UTF-8) or bytes. */
  addBytes(source: Uint8Array, start = 0, end = source.length): void {
    const length = end - start;
    this.#row(true);
    this.#reserve(4 + length);
    this.#view.setUint32(this.#used, length, true);
    const at = this.#used + 4;
    if (length <= SHORT_BYTES) for (let i = 0; i < length; i++) this.#data[at + i] = source[start + i]!;
    else this.#data.set(source.subarray(start, end), at);
    this.#used = at + length;
  }

  /** Of a column of text or bytes: a value of so many bytes, which the caller writes into `data` from the given place on. */
  addSpace(length: number): number {
    this.#row(true);
    this.#reserve(4 + length);
    this.#view.setUint32(this.#used, length, true);
    const at = this.#used + 4;
    this.#used = at + length;
    return at;
  }

  /** Another one whenever it must grow. */
  get data(): Buffer {
    return this.#data;
  }

  /** Gives false for a text with half a character of UTF-16, which UTF-8 has no bytes for: another one stands there. */
  addText(text: string): boolean {
    const { length } = text;
    this.#row(true);
    // A character takes three bytes at most for each unit of JavaScript's length.
    this.#reserve(4 + 3 * length);
    const at = this.#used + 4;
    const data = this.#data;
    let bytes = 0;
    if (length <= SHORT_BYTES) {
      for (let code = 0; bytes < length; bytes++) {
        code = text.charCodeAt(bytes);
        if (code > LAST_OF_ONE_BYTE) break;
        data[at + bytes] = code;
      }
    }
    const isAscii = bytes === length;
    if (!isAscii) bytes = data.write(text, at, 'utf8');
    this.#view.setUint32(this.#used, bytes, true);
    this.#used = at + bytes;
    return isAscii || text.isWellFormed();
  }

  /** The page of what has gathered; begins anew. The bytes are good until the next value. */
  take(): { levels: Buffer; data: Buffer } {
    const bytes = this.type === 'boolean' ? (this.#used + 7) >> 3 : this.#used;
    const page = { levels: this.#levels(), data: this.#data.subarray(0, bytes) };
    this.written += bytes;
    this.#present.fill(0);
    this.#used = 0;
    this.#rows = 0;
    this.#gaps = 0;
    return page;
  }

  /** Definition levels: one run where no row lacks a value, else a bit a row. */
  #levels(): Buffer {
    const body =
      this.#gaps === 0
        ? Buffer.from([...varint(this.#rows * 2), 1])
        : Buffer.concat([
            Buffer.from(varint(((this.#rows + 7) >> 3) * 2 + 1)),
            this.#present.subarray(0, (this.#rows + 7) >> 3),
          ]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    return Buffer.concat([length, body]);
  }
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
