import { stat } from 'node:fs/promises';
import { hashFile } from '../store/files.ts';

/** File systems tell times in steps of up to this: within one of them a file can change twice at the same time. */
const COARSEST_TIME_MS = 2_000;

/** What the file system says of a file; the same again means that nobody wrote to it or put another in its place. */
export async function fileIdentity(file: string): Promise<string | undefined> {
  return stat(file, { bigint: true }).then(
    (found) => `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}`,
    () => undefined,
  );
}

/**
 * Hashes of the files that this process has read. A file is read again only when it is no longer the one that was read,
 * so checking one often costs nothing.
 */
export class KnownHashes {
  readonly #hashes = new Map<string, string>();

  /** The sha256 of a file; undefined when it is gone. */
  async of(file: string): Promise<string | undefined> {
    const identity = await fileIdentity(file);
    if (identity === undefined) return undefined;
    const known = this.#hashes.get(identity);
    if (known !== undefined) return known;
    const started = Date.now();
    const hash = await hashFile(file).then(
      ({ sha256 }) => sha256,
      () => undefined,
    );
    const modified = Number(BigInt(identity.split(' ').at(-1)!) / 1_000_000n);
    const settled = modified < started - COARSEST_TIME_MS && (await fileIdentity(file)) === identity;
    if (hash !== undefined && settled) this.#hashes.set(identity, hash);
    return hash;
  }
}
