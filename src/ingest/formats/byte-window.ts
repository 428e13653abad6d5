import { type FileHandle, open } from 'node:fs/promises';

const WINDOW_BYTES = 1024 * 1024;

/** A file of which a stretch is in memory: for readers that go mostly forwards. */
export class ByteWindow {
  readonly size: number;
  readonly #handle: FileHandle;
  /** Taken again for each stretch: fresh memory would set the garbage collector to work for every one. */
  #room = Buffer.alloc(0);
  #bytes = this.#room;
  #start = 0;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  static async open(file: string): Promise<ByteWindow> {
    const handle = await open(file, 'r');
    return new ByteWindow(handle, (await handle.stat()).size);
  }

  /** Where a stretch begins within `bytes`; undefined until it is loaded. */
  find(offset: number, length: number): number | undefined {
    const at = offset - this.#start;
    return at >= 0 && at + length <= this.#bytes.length ? at : undefined;
  }

  /** Good until the next stretch is loaded. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Loads a stretch, and what follows it; gives where it begins. It must lie within the file. */
  async load(offset: number, length: number): Promise<number> {
    const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.size - offset);
    if (this.#room.length < wanted) this.#room = Buffer.allocUnsafe(wanted);
    const bytes = this.#room;
    // Nothing is found in what is half overwritten.
    this.#bytes = bytes.subarray(0, 0);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.#handle.read(bytes, filled, wanted - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (filled < length) throw new Error(`the file ended at byte ${offset + filled} while it was read`);
    this.#bytes = bytes.subarray(0, filled);
    this.#start = offset;
    return 0;
  }

  /** A copy of a stretch. */
  async copy(offset: number, length: number): Promise<Buffer> {
    const at = this.find(offset, length) ?? (await this.load(offset, length));
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
