import { randomUUID } from 'node:crypto';
import { access, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import type { FileFact } from '../store/files.ts';
import { ensureDirectory } from '../store/files.ts';
import { Once } from './once.ts';
import type { Sessions } from './sessions.ts';
import { prepareTiles, TILES_FORMAT } from './tiles.ts';

/** A table that a map is asked of. */
export interface MappedTable {
  name: string;
  /** Absolute path of a Parquet file. */
  file: string;
  fact: FileFact;
  geometry: string;
  crs: string;
}

/** Copies together; those that were looked at last stay. */
const KEPT_BYTES = 4e9;
/** What a process that was killed had begun. */
const UNFINISHED_GOES_AFTER_MS = 3_600_000;

/** The copies that tiles are made from, under the hash of the file that each was made of: the same file gives the same. */
export class KeptTiles {
  readonly #dir: string;
  readonly #sessions: Sessions;
  readonly #preparing = new Once<string>();
  /** Those that this process has found. */
  readonly #seen = new Set<string>();

  /** @param cacheDir absolute path of the store's cache */
  constructor(cacheDir: string, sessions: Sessions) {
    this.#dir = path.join(cacheDir, 'tiles');
    this.#sessions = sessions;
  }

  /** Absolute path of a table's copy, which is made where there is none. @throws LifecycleError LIF_BAD_DATA_FILE */
  async of(table: MappedTable, signal: AbortSignal): Promise<string> {
    const target = path.join(this.#dir, `${table.fact.sha256}-${TILES_FORMAT}.parquet`);
    if (await isThere(target)) {
      if (!this.#seen.has(target)) await utimes(target, new Date(), new Date()).catch(() => {});
      this.#seen.add(target);
      return target;
    }
    return this.#preparing.ask(target, signal, (stop) => this.#prepare(table, target, stop));
  }

  async #prepare({ name, file, fact, geometry, crs }: MappedTable, target: string, signal: AbortSignal) {
    // The copy has the name of the bytes that the record tells of, so it must be of these.
    if ((await stat(file)).size !== fact.bytes) {
      throw new LifecycleError('LIF_BAD_DATA_FILE', `the file of ${name} is not the one that its record tells of`, {
        hint: 'make the version again with --overwrite',
      });
    }
    await ensureDirectory(this.#dir);
    const unfinished = path.join(this.#dir, `.${path.basename(target)}.${randomUUID()}`);
    await this.#sessions.use(signal, (engine) =>
      prepareTiles(engine, { source: file, geometry, crs, target, unfinished }),
    );
    await this.#clear(target).catch(() => {});
    return target;
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
