import { ByteWindow } from '../byte-window.ts';
import { damaged } from '../damaged.ts';

const HEADER_BYTES = 16;
/** Rows are listed in blocks; one without any row is left out, and a map says which. */
const BLOCK_ROWS = 1024;
/** The map of the newer format: so long, behind so much and before so much. */
const MAP_64 = { before: 22, bytes: 32_768, after: 52 };

/** Where the rows of a .gdbtable file lie, by its .gdbtablx file, in the order of their object ids. */
export class RowPlaces {
  readonly #file: string;
  readonly #window: ByteWindow;
  readonly #offsetBytes: number;
  readonly #blocks: number;
  /** A bit a block, where not all are there. */
  readonly #map: Buffer | undefined;
  /** How many rows there have been, those that were deleted included. */
  readonly total: number;

  private constructor(
    file: string,
    window: ByteWindow,
    {
      offsetBytes,
      blocks,
      map,
      total,
    }: { offsetBytes: number; blocks: number; map: Buffer | undefined; total: number },
  ) {
    this.#file = file;
    this.#window = window;
    this.#offsetBytes = offsetBytes;
    this.#blocks = blocks;
    this.#map = map;
    this.total = total;
  }

  /** @throws LifecycleError ING_BAD_FILE */
  static async open(file: string, version: number): Promise<RowPlaces> {
    const window = await ByteWindow.open(file);
    try {
      return await readHeader(file, window, version, (header) => new RowPlaces(file, window, header));
    } catch (error) {
      await window.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#window.close();
  }

  /** The places of rows from some object id on, block by block; 0 for one that is not there. */
  async *blocks(): AsyncGenerator<{ firstId: number; offsets: Float64Array }> {
    let physical = 0;
    for (let block = 0; block * BLOCK_ROWS < this.total; block++) {
      if (this.#map && ((this.#map[block >> 3] ?? 0) & (1 << (block & 7))) === 0) continue;
      if (physical >= this.#blocks)
        throw damaged(this.#file, `lists ${this.total} rows, and has only ${this.#blocks} blocks of ${BLOCK_ROWS}`);
      const length = this.#offsetBytes * BLOCK_ROWS;
      const bytes = await this.#window.copy(HEADER_BYTES + physical * length, length);
      physical++;
      const rows = Math.min(BLOCK_ROWS, this.total - block * BLOCK_ROWS);
      yield { firstId: block * BLOCK_ROWS + 1, offsets: offsetsOf(bytes, this.#offsetBytes, rows) };
    }
  }
}

/** Numbers of four to six bytes each. */
function offsetsOf(bytes: Buffer, width: number, rows: number): Float64Array {
  const offsets = new Float64Array(rows);
  for (let i = 0, at = 0; i < rows; i++, at += width) {
    let offset = bytes.readUInt32LE(at);
    if (width > 4) offset += bytes[at + 4]! * 2 ** 32;
    if (width > 5) offset += bytes[at + 5]! * 2 ** 40;
    offsets[i] = offset;
  }
  return offsets;
}

async function readHeader<T>(
  file: string,
  window: ByteWindow,
  version: number,
  make: (header: { offsetBytes: number; blocks: number; map: Buffer | undefined; total: number }) => T,
): Promise<T> {
  const need = (bytes: number) => {
    if (bytes > window.size) throw damaged(file, `has ${window.size} bytes, where what it lists takes ${bytes}`);
  };
  need(HEADER_BYTES);
  const header = await window.copy(0, HEADER_BYTES);
  if (header.readInt32LE(0) !== version)
    throw damaged(file, `is of version ${header.readInt32LE(0)}, and its table of version ${version}`);
  const blocks = version === 4 ? Number(header.readBigUInt64LE(4)) : header.readUInt32LE(4);
  const offsetBytes = header.readUInt32LE(12);
  if (offsetBytes < 4 || offsetBytes > 6) throw damaged(file, `has places of ${offsetBytes} bytes, which nothing has`);
  const trailer = HEADER_BYTES + offsetBytes * BLOCK_ROWS * blocks;
  if (blocks === 0) return make({ offsetBytes, blocks, map: undefined, total: 0 });
  if (version === 4) {
    need(trailer + 12);
    const end = await window.copy(trailer, 12);
    const total = Number(end.readBigUInt64LE(0));
    const section = end.readUInt32LE(8);
    if (section === 0) return make({ offsetBytes, blocks, map: undefined, total });
    if (section !== MAP_64.before + MAP_64.bytes + MAP_64.after)
      throw damaged(file, `has a map of blocks of ${section} bytes, which is not understood`);
    need(trailer + 12 + section);
    if (total > 8 * MAP_64.bytes * BLOCK_ROWS) throw damaged(file, `lists ${total} rows, more than its map can hold`);
    return make({ offsetBytes, blocks, map: await window.copy(trailer + 12 + MAP_64.before, MAP_64.bytes), total });
  }
  const total = header.readInt32LE(8);
  need(trailer + 16);
  const end = await window.copy(trailer, 16);
  const bits = end.readUInt32LE(4);
  if (end.readUInt32LE(8) !== blocks || total < 0)
    throw damaged(file, `says that it has ${blocks} blocks, and that it has ${end.readUInt32LE(8)}`);
  if (end.readUInt32LE(0) === 0) return make({ offsetBytes, blocks, map: undefined, total });
  need(trailer + 16 + Math.ceil(bits / 8));
  if (total > bits * BLOCK_ROWS) throw damaged(file, `lists ${total} rows in a map of ${bits} blocks`);
  return make({ offsetBytes, blocks, map: await window.copy(trailer + 16, Math.ceil(bits / 8)), total });
}
