import { randomUUID } from 'node:crypto';
import { access, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { ensureDirectory, type FileFact } from '../store/files.ts';
import { Once } from './once.ts';

/** A file of the store, by the bytes that its record tells of. */
export interface CopiedFile {
  name: string;
  /** Absolute path. */
  file: string;
  fact: FileFact;
}

/** Absolute paths in one folder. */
export interface CopyPaths {
  /** Whole or not there. */
  target: string;
  /** Of nobody else; it goes, whatever comes of it. */
  unfinished: string;
}

/** Copies together; those that were looked at last stay. */
const KEPT_BYTES = 4e9;
/** What a process that was killed had begun. */
const UNFINISHED_GOES_AFTER_MS = 3_600_000;

/** Copies of files in another form, in a folder of the cache: a name that has the hashes of the originals stays right. */
export class KeptCopies {
  readonly #dir: string;
  readonly #preparing = new Once<string>();
  /** Those that this process has found. */
  readonly #seen = new Set<string>();

  /** @param dir absolute path of a folder of the store's cache, for these alone */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Absolute path of a copy, which is made where there is none.
   *
   * @param name has the hash of each original, and the form of the copy
   * @throws LifecycleError LIF_BAD_DATA_FILE where an original has other bytes than its record tells of
   */
  async of(
    name: string,
    originals: readonly CopiedFile[],
    signal: AbortSignal,
    write: (paths: CopyPaths, signal: AbortSignal) => Promise<void>,
  ): Promise<string> {
    const target = path.join(this.#dir, name);
    if (await isThere(target)) {
      if (!this.#seen.has(target)) await utimes(target, new Date(), new Date()).catch(() => {});
      this.#seen.add(target);
      return target;
    }
    return this.#preparing.ask(target, signal, async (stop) => {
      for (const { name: shown, file, fact } of originals) {
        if ((await stat(file)).size === fact.bytes) continue;
        throw new LifecycleError('LIF_BAD_DATA_FILE', `the file of ${shown} is not the one that its record tells of`, {
          hint: 'make the version again with --overwrite',
        });
      }
      await ensureDirectory(this.#dir);
      const unfinished = path.join(this.#dir, `.${name}.${randomUUID()}`);
      try {
        await write({ target, unfinished }, stop);
      } finally {
        await rm(unfinished, { force: true });
      }
      await this.#clear(target).catch(() => {});
      return target;
    });
  }

  async #clear(fresh: string): Promise<void> {
    const found = [];
    for (const name of await readdir(this.#dir)) {
      const file = path.join(this.#dir, name);
      const { size, mtimeMs } = await stat(file);
      if (!name.startsWith('.')) found.push({ file, size, mtimeMs });
      else if (Date.now() - mtimeMs > UNFINISHED_GOES_AFTER_MS) await rm(file, { force: true });
    }
    let bytes = 0;
    for (const { file, size } of found.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
      bytes += size;
      if (bytes > KEPT_BYTES && file !== fresh) await rm(file, { force: true });
    }
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
