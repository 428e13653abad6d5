import { statSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inParallel } from '../in-parallel.ts';
import { standingDirectories } from '../store/directories.ts';
import type { Kind, VersionState } from './api.ts';
import { readOrTell, writtenAt } from './read-or-tell.ts';
import { isDamage, RecordDatabase } from './record-database.ts';

/** What the index keeps of a version; all of it is in the store's records too. */
export interface IndexedVersion {
  key: string;
  state: VersionState;
  /** ISO time. */
  created: string | null;
  rows: number | null;
  rows_before: number | null;
  bytes: number | null;
  seconds: number | null;
  warnings: string[];
}

/** An input that a build took: the id of a dataset or product, and its version. */
export interface TakenInput {
  id: string;
  version: string;
}

/** What is read of a version. */
export type ReadVersion = Omit<IndexedVersion, 'key'> & { inputs?: readonly TakenInput[] };

/** A version, and when its record was written that the index knows; null where it knows none. */
export type KnownVersion = readonly [key: string, writtenMs: number | null];
/** What is found of one: the record and when it was written, or that one has to look at it by itself. */
export type LookedAt = readonly [writtenMs: number, version: ReadVersion] | 'as before' | 'look closer';

/** Where the versions of one template or product lie, and how one of them is read. */
export interface IndexedFolder {
  kind: Kind;
  id: string;
  /** Absolute path. */
  dir: string;
  /** Relative to a version's directory: a version has changed when this file has. */
  recordFile: string;
  read(key: string): Promise<ReadVersion | undefined>;
  /** The same for many, in their order, where that is cheaper. */
  readMany?(versions: readonly KnownVersion[]): Promise<LookedAt[]>;
  /** The version that `latest` names. */
  pointer(): Promise<string | undefined>;
}

/** What is new of a version; without `version` there is none. */
interface News {
  key: string;
  writtenMs: number | null;
  version: ReadVersion | undefined;
}

/** A directory that changes twice within this time may keep the time of its first change. */
const CLOCK_STEP_MS = 2_000;
const READS_AT_ONCE = 8;
const AT_ONCE = 250;
/** From so many on it pays to start a thread. */
const MANY = 100;
/** Folders that are looked into at the same time. */
const FOLDERS_AT_ONCE = 4;

/**
 * The versions of a store as a page lists them. A store has a million records and the answer has a tenth of a second, so
 * they are kept in SQLite under the store's cache; the files stay the truth, and whatever is wrong with the index it is
 * made anew. Versions come and go by renaming directories, so a folder whose time has not changed is as it was.
 */
export class RecordIndex {
  readonly #database: RecordDatabase;
  /** Folders that are being looked into. */
  readonly #refreshing = new Map<string, Promise<number>>();
  #isClosed = false;

  private constructor(database: RecordDatabase) {
    this.#database = database;
  }

  /** @param file absolute; its folder is made */
  static async open(file: string): Promise<RecordIndex> {
    return new RecordIndex(await RecordDatabase.open(file));
  }

  /** What is still being read comes to nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#refreshing.values());
    this.#database.close();
  }

  /**
   * Looks at the folders, and into those that have changed; who asks for one that is being looked into waits for that.
   *
   * @param withinMs how long to wait; what takes longer goes on by itself
   * @returns whether all was seen
   */
  async refresh(folders: readonly IndexedFolder[], withinMs: number): Promise<boolean> {
    const changed = this.#unlikeKnown(folders);
    if (changed.length === 0) {
      // Whoever asks again and again lets others have their turn.
      await setImmediate();
      return true;
    }
    const seen = inParallel(changed, FOLDERS_AT_ONCE, (folder) => this.#once(folder)).then(() => true);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), withinMs);
    });
    try {
      return await Promise.race([seen, late]);
    } finally {
      clearTimeout(timer);
      // Nobody may wait for it any more.
      seen.catch(() => {});
    }
  }

  /** Those that have changed since they were seen. Of hundreds it is asked with every list, so it is asked in one go. */
  #unlikeKnown(folders: readonly IndexedFolder[]): readonly IndexedFolder[] {
    if (this.#isClosed) return [];
    try {
      const known = this.#database.all('SELECT kind, id, changed_ms FROM folders');
      const times = new Map(known.map((row) => [`${row.kind}/${row.id}`, row.changed_ms]));
      return folders.filter(({ kind, id, dir }) => {
        const changedMs = statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? 0;
        return times.get(`${kind}/${id}`) !== changedMs;
      });
    } catch {
      // Whatever it is, looking into them mends or tells it.
      return folders;
    }
  }

  #once(folder: IndexedFolder): Promise<number> {
    const name = `${folder.kind}/${folder.id}`;
    const running = this.#refreshing.get(name);
    if (running) return running;
    const begun = this.#mended(() => this.#refreshFolder(folder)).finally(() => this.#refreshing.delete(name));
    this.#refreshing.set(name, begun);
    return begun;
  }

  /** A damaged index is made anew. */
  async #mended(work: () => Promise<number>): Promise<number> {
    const { generation } = this.#database;
    try {
      return await work();
    } catch (error) {
      if (this.#isClosed) return 0;
      if (!isDamage(error)) throw error;
      this.#database.replace(generation);
      return work();
    }
  }

  async #refreshFolder(folder: IndexedFolder): Promise<number> {
    const { kind, id, dir, pointer } = folder;
    const changedMs = (await writtenAt(dir)) ?? 0;
    const seen = this.#database.get('SELECT changed_ms FROM folders WHERE kind = ? AND id = ?', kind, id);
    if (seen?.changed_ms === changedMs) return 0;
    const known = new Map(
      this.#database
        .all('SELECT key, written_ms FROM versions WHERE kind = ? AND id = ?', kind, id)
        .map((row) => [row.key as string, row.written_ms as number | null]),
    );
    const keys = changedMs === 0 ? [] : await standingDirectories(dir);
    const forget = (key: string) => {
      this.#database.run('DELETE FROM versions WHERE kind = ? AND id = ? AND key = ?', kind, id, key);
      this.#database.run('DELETE FROM inputs WHERE kind = ? AND id = ? AND key = ?', kind, id, key);
    };
    let count = 0;
    // Some at a time, so that answers come in between; the folder counts as seen with the last of them.
    for (let start = 0; start < keys.length; start += AT_ONCE) {
      const some = keys.slice(start, start + AT_ONCE).map((key) => [key, known.get(key) ?? null] as const);
      const news = await this.#changed(folder, some, keys.length >= MANY);
      if (this.#isClosed) return 0;
      if (news.length === 0) continue;
      this.#database.inTransaction(() => {
        for (const each of news) {
          // Another server on the same store may have put it there; a template's version has no inputs.
          if (known.has(each.key) || kind === 'builds') forget(each.key);
          this.#insert(kind, id, each);
        }
      });
      count += news.length;
      await setImmediate();
      if (this.#isClosed) return 0;
    }
    const latest = (await pointer().catch(() => undefined)) ?? null;
    if (this.#isClosed) return 0;
    const standing = new Set(keys);
    const gone = [...known.keys()].filter((key) => !standing.has(key));
    this.#database.inTransaction(() => {
      for (const key of gone) forget(key);
      const { n, unsure } = this.#database.get(
        'SELECT count(*) AS n, count(*) - count(written_ms) AS unsure FROM versions WHERE kind = ? AND id = ?',
        kind,
        id,
      ) as { n: number; unsure: number };
      // What may change once more within the same time is looked at again.
      const settledMs = Date.now() - changedMs > CLOCK_STEP_MS && unsure === 0 ? changedMs : null;
      this.#database.run('INSERT OR REPLACE INTO folders VALUES (?, ?, ?, ?, ?)', kind, id, settledMs, latest, n);
    });
    return count;
  }

  /** Of some versions those whose record is another than the one that is known. */
  async #changed(folder: IndexedFolder, versions: readonly KnownVersion[], isMany: boolean): Promise<News[]> {
    const { dir, recordFile, read, readMany } = folder;
    const looked = isMany ? await readMany?.(versions).catch(() => undefined) : undefined;
    const news = await inParallel(versions, READS_AT_ONCE, async ([key, knownMs], i): Promise<News | undefined> => {
      const found = looked?.[i] ?? 'look closer';
      if (found === 'as before') return undefined;
      if (found !== 'look closer') return { key, writtenMs: found[0], version: found[1] };
      const writtenMs = await writtenAt(path.join(dir, key, recordFile));
      // One that is being replaced stands meanwhile under another name; its reader finds it there.
      if (writtenMs !== undefined && knownMs === writtenMs) return undefined;
      const version = this.#isClosed ? undefined : await readOrTell(read, key, writtenMs);
      // One that cannot be read may be mended in its place, which its folder does not show.
      return { key, writtenMs: version?.state === 'unreadable' ? null : (writtenMs ?? null), version };
    });
    return news.filter((each) => each !== undefined);
  }

  #insert(kind: Kind, id: string, { key, writtenMs, version }: News): void {
    if (!version) return;
    for (const input of version.inputs ?? []) {
      this.#database.run('INSERT OR IGNORE INTO inputs VALUES (?, ?, ?, ?, ?)', input.id, input.version, kind, id, key);
    }
    const { state, created, rows, rows_before, bytes, seconds, warnings } = version;
    this.#database.run(
      'INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[kind, id, key, writtenMs, state, created, rows, rows_before, bytes, seconds, JSON.stringify(warnings)],
    );
  }

  /** How many versions each has and which is the latest, by `kind/id`. */
  counts(): Map<string, { count: number; latest: string | null }> {
    const rows = this.#database.all('SELECT kind, id, latest, count FROM folders');
    return new Map(
      rows.map(({ kind, id, latest, count }) => [
        `${kind as string}/${id as string}`,
        { count: count as number, latest: latest as string | null },
      ]),
    );
  }

  latest(kind: Kind, id: string): string | null {
    const row = this.#database.get('SELECT latest FROM folders WHERE kind = ? AND id = ?', kind, id);
    return (row?.latest as string | null | undefined) ?? null;
  }

  /** Those of these keys that do not stand. */
  absent(kind: Kind, id: string, keys: readonly string[]): string[] {
    const rows = this.#database.all(
      'SELECT value FROM json_each(?) WHERE value NOT IN (SELECT key FROM versions WHERE kind = ? AND id = ?)',
      ...[JSON.stringify(keys), kind, id],
    );
    return rows.map(({ value }) => value as string);
  }

  /** Newest first. */
  versions(kind: Kind, id: string, limit = -1): IndexedVersion[] {
    const rows = this.#database.all(
      'SELECT * FROM versions WHERE kind = ? AND id = ? ORDER BY created DESC, key DESC LIMIT ?',
      ...[kind, id, limit],
    );
    return rows.map(versionIn);
  }

  /** The same, with no more than a strip shows; what it takes stands in one index. */
  newest(kind: Kind, id: string, limit: number): Pick<IndexedVersion, 'key' | 'state'>[] {
    const rows = this.#database.all(
      'SELECT key, state FROM versions WHERE kind = ? AND id = ? ORDER BY created DESC, key DESC LIMIT ?',
      ...[kind, id, limit],
    );
    return rows as unknown as Pick<IndexedVersion, 'key' | 'state'>[];
  }

  version(kind: Kind, id: string, key: string): IndexedVersion | undefined {
    const row = this.#database.get('SELECT * FROM versions WHERE kind = ? AND id = ? AND key = ?', kind, id, key);
    return row && versionIn(row);
  }

  /** The builds that took one of these inputs in this version. */
  takers(inputs: readonly string[], version: string): { id: string; key: string }[] {
    const found = inputs.flatMap((input) =>
      this.#database.all(
        'SELECT id, key FROM inputs WHERE input = ? AND version = ? AND kind = ?',
        input,
        version,
        'builds',
      ),
    );
    const named = new Map(found.map(({ id, key }) => [`${id as string} ${key as string}`, { id, key }]));
    return [...named.values()] as { id: string; key: string }[];
  }

  /** What a version took. */
  taken(kind: Kind, id: string, key: string): TakenInput[] {
    const rows = this.#database.all(
      'SELECT input, version FROM inputs WHERE kind = ? AND id = ? AND key = ?',
      kind,
      id,
      key,
    );
    return rows.map(({ input, version }) => ({ id: input as string, version: version as string }));
  }
}

function versionIn(row: Record<string, unknown>): IndexedVersion {
  return {
    key: row.key as string,
    state: row.state as VersionState,
    created: row.created as string | null,
    rows: row.rows as number | null,
    rows_before: row.rows_before as number | null,
    bytes: row.bytes as number | null,
    seconds: row.seconds as number | null,
    warnings: JSON.parse(row.warnings as string) as string[],
  };
}
