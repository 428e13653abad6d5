import type { SFTPWrapper, Stats } from 'ssh2';

/** Requests under way at once, and bytes in each: what hides the latency of a far server. */
const WINDOW = 48;
const CHUNK_BYTES = 32_768;

/** The code by which an SFTP server says that there is no such file (draft-ietf-secsh-filexfer-02, 7). */
const NO_SUCH_FILE = 2;

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === NO_SUCH_FILE;
}

export function statOf(sftp: SFTPWrapper, file: string): Promise<Stats> {
  return new Promise((resolve, reject) => {
    sftp.stat(file, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

export function namesIn(sftp: SFTPWrapper, folder: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    sftp.readdir(folder, (error, entries) =>
      error ? reject(error) : resolve(entries.map(({ filename }) => filename).sort()),
    );
  });
}

/** The bytes of a remote file from `start` to `end`, read ahead and given in order. */
export async function* readRemote(sftp: SFTPWrapper, file: string, start: number, end: number): AsyncGenerator<Buffer> {
  const handle = await new Promise<Buffer>((resolve, reject) => {
    sftp.open(file, 'r', (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const underWay: Promise<Buffer>[] = [];
  let next = start;
  while (next < end || underWay.length > 0) {
    while (next < end && underWay.length < WINDOW) {
      const length = Math.min(CHUNK_BYTES, end - next);
      const chunk = readWhole(sftp, handle, next, length);
      // It is awaited in its turn; until then its failure must not count as unhandled.
      chunk.catch(() => {});
      underWay.push(chunk);
      next += length;
    }
    const chunk = await underWay.shift();
    if (chunk === undefined || chunk.length === 0) break;
    yield chunk;
  }
  sftp.close(handle, () => {});
}

/** A server may answer with less than was asked for; then the rest is asked for again. Less at the file's end only. */
async function readWhole(sftp: SFTPWrapper, handle: Buffer, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const read = await new Promise<number>((resolve, reject) => {
      sftp.read(handle, buffer, filled, length - filled, position + filled, (error, bytesRead) => {
        // End of file comes as an error with code 1.
        if (error && 'code' in error && error.code === 1) resolve(0);
        else if (error) reject(error);
        else resolve(bytesRead);
      });
    });
    if (read === 0) break;
    filled += read;
  }
  return buffer.subarray(0, filled);
}
