import path from 'node:path';
import { LifecycleError } from '../../../errors.ts';
import { ByteWindow } from '../byte-window.ts';
import { damaged } from '../damaged.ts';
import { Broken, Cursor } from './bytes.ts';
import { type Field, readField } from './fields.ts';
import { RowPlaces } from './row-places.ts';

const HEADER_BYTES = 40;
/** Of the section that describes the fields: its length, a version, flags and how many there are. */
const FIELDS_PREFIX_BYTES = 14;
const MOST_FIELDS_BYTES = 10 * 1024 * 1024;
const HAS_M = 1 << 6;
const HAS_Z = 1 << 7;

/** One row's bytes, and which of its fields are null; the same object for all rows of a table. */
class GdbRow {
  objectId = 0;
  readonly cursor = new Cursor(Buffer.alloc(0));
  #nulls = 0;

  become(objectId: number, bytes: Buffer, start: number, length: number, nullBytes: number): this {
    this.objectId = objectId;
    this.cursor.bytes = bytes;
    this.cursor.at = start + nullBytes;
    this.cursor.end = start + length;
    this.#nulls = start;
    return this;
  }

  isNull(nullable: number): boolean {
    return (this.cursor.bytes[this.#nulls + (nullable >> 3)]! & (1 << (nullable & 7))) !== 0;
  }
}

/** A .gdbtable file with its .gdbtablx file: a table of a file geodatabase (as OpenFileGDB in GDAL documents it). */
export class GdbTable {
  readonly file: string;
  readonly fields: readonly Field[];
  /** Rows that there are, by the header. */
  readonly count: number;
  /** Else it is UTF-16. */
  readonly isUtf8: boolean;
  readonly #window: ByteWindow;
  readonly #places: RowPlaces | undefined;
  readonly #nullBytes: number;
  readonly #current = new GdbRow();

  private constructor(
    file: string,
    window: ByteWindow,
    places: RowPlaces | undefined,
    facts: { fields: Field[]; count: number; isUtf8: boolean },
  ) {
    this.file = file;
    this.#window = window;
    this.#places = places;
    this.fields = facts.fields;
    this.count = facts.count;
    this.isUtf8 = facts.isUtf8;
    this.#nullBytes = Math.ceil(facts.fields.filter(({ isNullable }) => isNullable).length / 8);
  }

  /**
   * @param number of the table, from 1
   * @throws LifecycleError ING_BAD_FILE
   */
  static async open(folder: string, number: number): Promise<GdbTable> {
    const file = path.join(folder, `${tableName(number)}.gdbtable`);
    const window = await opened(file);
    try {
      if (window.size < HEADER_BYTES) throw damaged(file, `has ${window.size} bytes, where its header alone takes 40`);
      const header = await window.copy(0, HEADER_BYTES);
      const version = header.readInt32LE(0);
      if (version !== 3 && version !== 4) throw damaged(file, `is of version ${version}, where there are 3 and 4`);
      const count = version === 3 ? header.readInt32LE(4) : Number(header.readBigInt64LE(16));
      const bytes = Number(header.readBigUInt64LE(24));
      if (bytes > window.size) throw damaged(file, `has ${window.size} bytes, where its header says ${bytes}`);
      const described = await readFields(file, window, Number(header.readBigUInt64LE(32)));
      const places = count === 0 ? undefined : await RowPlaces.open(await listOf(file), version);
      return new GdbTable(file, window, places, { ...described, count });
    } catch (error) {
      await window.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#window.close();
    await this.#places?.close();
  }

  /**
   * All rows, each good until `take` has returned, or what it gives is done.
   *
   * @throws LifecycleError ING_BAD_FILE, also where they are not as many as the header says
   */
  async each(take: (row: GdbRow) => Promise<void> | undefined): Promise<void> {
    let seen = 0;
    for await (const { firstId, offsets } of this.#places?.blocks() ?? []) {
      for (let i = 0; i < offsets.length; i++) {
        const offset = offsets[i]!;
        if (offset === 0) continue;
        seen++;
        try {
          // To await what is there already takes longer than most rows do.
          const row = this.#row(firstId + i, offset);
          const waiting = take(row instanceof GdbRow ? row : await row);
          if (waiting) await waiting;
        } catch (error) {
          throw error instanceof Broken
            ? damaged(this.file, `is damaged at row ${firstId + i}: ${error.message}`)
            : error;
        }
      }
    }
    if (seen !== this.count) throw damaged(this.file, `says that it has ${this.count} rows, and lists ${seen}`);
  }

  /** A promise only where the row is not in memory yet. */
  #row(objectId: number, offset: number): GdbRow | Promise<GdbRow> {
    const again = () => this.#row(objectId, offset);
    if (offset + 4 > this.#window.size) throw this.#beyond(objectId, offset + 4);
    const at = this.#window.find(offset, 4);
    if (at === undefined) return this.#window.load(offset, 4).then(again);
    const length = this.#window.bytes.readUInt32LE(at);
    const end = offset + 4 + length;
    if (end > this.#window.size) throw this.#beyond(objectId, end);
    if (length < this.#nullBytes) throw new Broken(`it has ${length} bytes`);
    const whole = this.#window.find(offset, 4 + length);
    if (whole === undefined) return this.#window.load(offset, 4 + length).then(again);
    return this.#current.become(objectId, this.#window.bytes, whole + 4, length, this.#nullBytes);
  }

  #beyond(objectId: number, end: number): LifecycleError {
    return damaged(this.file, `has ${this.#window.size} bytes, and row ${objectId} would reach to byte ${end}`);
  }
}

/** The name of a table's files. */
export function tableName(number: number): string {
  return `a${number.toString(16).padStart(8, '0')}`;
}

async function opened(file: string): Promise<ByteWindow> {
  try {
    return await ByteWindow.open(file);
  } catch (cause) {
    throw missing(file, cause);
  }
}

async function listOf(table: string): Promise<string> {
  const file = table.replace(/table$/, 'tablx');
  await (await opened(file)).close();
  return file;
}

function missing(file: string, cause: unknown): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `the geodatabase has no ${path.basename(file)}`, {
    cause,
    hint: 'the geodatabase is not whole: fetch it again, or tell the owner of the source',
  });
}

async function readFields(file: string, window: ByteWindow, offset: number) {
  if (offset + FIELDS_PREFIX_BYTES > window.size)
    throw damaged(file, `has ${window.size} bytes, and its fields would begin at byte ${offset}`);
  const prefix = await window.copy(offset, FIELDS_PREFIX_BYTES);
  const length = prefix.readUInt32LE(0);
  if (length < FIELDS_PREFIX_BYTES - 4 || length > MOST_FIELDS_BYTES || offset + 4 + length > window.size)
    throw damaged(file, `has ${window.size} bytes, and a description of fields of ${length} at byte ${offset}`);
  const flags = { hasZ: (prefix[11]! & HAS_Z) !== 0, hasM: (prefix[11]! & HAS_M) !== 0 };
  const cursor = new Cursor(await window.copy(offset + FIELDS_PREFIX_BYTES, length + 4 - FIELDS_PREFIX_BYTES));
  const fields: Field[] = [];
  try {
    for (let i = prefix.readUInt16LE(12); i > 0; i--) fields.push(readField(cursor, flags));
  } catch (error) {
    throw error instanceof Broken
      ? damaged(file, `has a description of fields that is damaged: ${error.message}`)
      : error;
  }
  return { fields, isUtf8: (prefix[9]! & 1) !== 0 };
}
