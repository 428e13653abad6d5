import path from 'node:path';
import { LifecycleError } from '../../../errors.ts';
import { ByteWindow } from '../byte-window.ts';
import { damaged } from '../damaged.ts';

/** Of both .shp and .shx (ESRI's technical description, 1998). */
const HEADER_BYTES = 100;
const MAGIC = 0x0000270a;
const VERSION = 1000;
const INDEX_ENTRY_BYTES = 8;
const RECORD_HEADER_BYTES = 8;

/** What a shape's bytes are, within `bytes`. */
export interface RecordBytes {
  bytes: Buffer;
  start: number;
  end: number;
}

/** The shapes of a .shp file, by their places in the .shx file. */
export class ShapeFile {
  /** How many the index lists. */
  readonly count: number;
  /** What the header says that the shapes are. */
  readonly type: number;
  readonly file: string;
  readonly #shapes: ByteWindow;
  readonly #index: ByteWindow;
  /** The same for all shapes, so that a shape costs no memory of its own. */
  readonly #found: RecordBytes = { bytes: Buffer.alloc(0), start: 0, end: 0 };

  private constructor(
    file: string,
    shapes: ByteWindow,
    index: ByteWindow,
    { type, count }: Pick<ShapeFile, 'type' | 'count'>,
  ) {
    this.file = file;
    this.#shapes = shapes;
    this.#index = index;
    this.type = type;
    this.count = count;
  }

  /** @throws LifecycleError ING_BAD_FILE where a header and its file do not agree */
  static async open(shp: string, shx: string): Promise<ShapeFile> {
    const shapes = await ByteWindow.open(shp);
    try {
      const { type } = await readHeader(shp, shapes);
      const index = await ByteWindow.open(shx);
      try {
        const { bytes } = await readHeader(shx, index);
        const count = (bytes - HEADER_BYTES) / INDEX_ENTRY_BYTES;
        if (!Number.isInteger(count) || count < 0)
          throw damaged(shx, `has ${bytes} bytes by its header, which is no whole number of entries`);
        return new ShapeFile(shp, shapes, index, { type, count });
      } catch (error) {
        await index.close();
        throw error;
      }
    } catch (error) {
      await shapes.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#shapes.close();
    await this.#index.close();
  }

  /** A shape's bytes, good until the next is read; a promise of them only where they are not in memory yet. */
  read(record: number): RecordBytes | Promise<RecordBytes> {
    const place = HEADER_BYTES + record * INDEX_ENTRY_BYTES;
    const entry = this.#index.find(place, INDEX_ENTRY_BYTES);
    if (entry === undefined) return this.#index.load(place, INDEX_ENTRY_BYTES).then(() => this.read(record));
    // In words of two bytes.
    const offset = 2 * this.#index.bytes.readUInt32BE(entry);
    if (offset < HEADER_BYTES || offset + RECORD_HEADER_BYTES > this.#shapes.size)
      throw this.#beyond(record, offset + RECORD_HEADER_BYTES);
    const header = this.#shapes.find(offset, RECORD_HEADER_BYTES);
    if (header === undefined) return this.#shapes.load(offset, RECORD_HEADER_BYTES).then(() => this.read(record));
    // The index repeats the length, and some writers get it wrong there.
    const whole = RECORD_HEADER_BYTES + 2 * this.#shapes.bytes.readUInt32BE(header + 4);
    if (offset + whole > this.#shapes.size) throw this.#beyond(record, offset + whole);
    const at = this.#shapes.find(offset, whole);
    if (at === undefined) return this.#shapes.load(offset, whole).then(() => this.read(record));
    this.#found.bytes = this.#shapes.bytes;
    this.#found.start = at + RECORD_HEADER_BYTES;
    this.#found.end = at + whole;
    return this.#found;
  }

  #beyond(record: number, end: number): LifecycleError {
    return damaged(
      this.file,
      `has ${this.#shapes.size} bytes, and shape ${record + 1} of ${this.count} would reach to byte ${end}`,
    );
  }
}

/** The type of shapes, and how long the file says that it is. */
async function readHeader(file: string, window: ByteWindow): Promise<{ type: number; bytes: number }> {
  if (window.size < HEADER_BYTES) throw damaged(file, `has ${window.size} bytes, where its header alone takes 100`);
  const header = await window.copy(0, HEADER_BYTES);
  if (header.readUInt32BE(0) !== MAGIC || header.readUInt32LE(28) !== VERSION)
    throw new LifecycleError('ING_BAD_FILE', `${path.basename(file)} is no part of a shapefile`, {
      hint: 'check the file at its source: its header is that of another format',
    });
  const bytes = 2 * header.readUInt32BE(24);
  if (bytes > window.size) throw damaged(file, `has ${window.size} bytes, where its header says ${bytes}`);
  return { type: header.readUInt32LE(32), bytes };
}
