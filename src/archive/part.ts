import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import yauzl, { type ZipFile } from 'yauzl';
import { archiveBounds } from './bounds.ts';

const PIECE_BYTES = 2 ** 18;

interface OpenedZip {
  zip: ZipFile;
  /** Bytes of the file that do not belong to the archive. */
  before: number;
  behind: number;
}

// Names stay bytes here, since yauzl would turn backslashes into slashes before we see them.
const OPTIONS = { autoClose: false, decodeStrings: false, lazyEntries: true } as const;

/** Opens the archive that a file is or holds. @throws Error where there is none */
export async function openZip(file: string): Promise<OpenedZip> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const bounds = (await archiveBounds(handle)) ?? { start: 0, end: size };
    const around = { before: bounds.start, behind: size - bounds.end };
    if (around.before === 0 && around.behind === 0) {
      await handle.close();
      return { zip: await yauzl.openPromise(file, OPTIONS), ...around };
    }
    const part = new FilePart(handle, bounds.start);
    return { zip: await yauzl.fromRandomAccessReaderPromise(part, bounds.end - bounds.start, OPTIONS), ...around };
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
}

/** A file from some byte on. */
class FilePart extends yauzl.RandomAccessReader {
  readonly #handle: FileHandle;
  readonly #start: number;

  constructor(handle: FileHandle, start: number) {
    super();
    this.#handle = handle;
    this.#start = start;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#pieces(this.#start + start, this.#start + end), { objectMode: false });
  }

  /** The file's own stream would close it in the end. */
  async *#pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; ) {
      const length = Math.min(PIECE_BYTES, end - at);
      const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#handle.read(buffer, offset, length, this.#start + position).then(
      ({ bytesRead }) => callback(null, bytesRead),
      (error: Error) => callback(error),
    );
  }

  override close(callback: (error: Error | null) => void): void {
    this.#handle.close().then(() => callback(null), callback);
  }
}
