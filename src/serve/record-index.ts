import { rmSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { asLifecycleError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { standingDirectories } from '../store/directories.ts';
import type { Kind, VersionState } from './api.ts';

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

/** Where the versions of one template or product lie, and how one of them is read. */
export interface IndexedFolder {
  kind: Kind;
  id: string;
  /** Absolute path. */
  dir: string;
  /** Relative to a version's directory: a version has changed when this file has. */
  recordFile: string;
  read(key: string): Promise<ReadVersion | undefined>;
  /** The version that `latest` names. */
  pointer(): Promise<string | undefined>;
}

/** Changes with the columns below: an index of another form is thrown away. */
const FORMAT = 2;
/** A directory that changes twice within this time may keep the time of its first change. */
const CLOCK_STEP_MS = 2_000;
const READS_AT_ONCE = 8;

const TABLES = `
  CREATE TABLE IF NOT EXISTS folders (
    kind TEXT, id TEXT, changed_ms REAL, latest TEXT, count INTEGER, PRIMARY KEY (kind, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions (
    kind TEXT, id TEXT, key TEXT, written_ms REAL, state TEXT, created TEXT,
    "rows" INTEGER, rows_before INTEGER, bytes INTEGER, seconds REAL, warnings TEXT,
    PRIMARY KEY (kind, id, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS newest ON versions (kind, id, created DESC, key DESC);
  CREATE TABLE IF NOT EXISTS inputs (
    input TEXT, version TEXT, kind TEXT, id TEXT, key TEXT, PRIMARY KEY (input, version, kind, id, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS takers ON inputs (kind, id, key);
`;

/**
 * The versions of a store as a page lists them. A store has a million records and the answer has a tenth of a second, so
 * they are kept in SQLite under the store's cache; the files stay the truth, and whatever is wrong with the index it is
 * made anew. Versions come and go by renaming directories, so a folder whose time has not changed is as it was.
 */
export class RecordIndex {
  #database: DatabaseSync;
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  /** Folders that are being looked into. */
  readonly #refreshing = new Map<string, Promise<number>>();
  #isClosed = false;

  private constructor(file: string, database: DatabaseSync) {
    this.#file = file;
    this.#database = database;
  }

  /** @param file absolute; its folder is made */
  static async open(file: string): Promise<RecordIndex> {
    await mkdir(path.dirname(file), { recursive: true });
    try {
      return new RecordIndex(file, openDatabase(file));
    } catch {
      for (const name of filesOf(file)) await rm(name, { force: true });
      return new RecordIndex(file, openDatabase(file));
    }
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
    const seen = inParallel(folders, READS_AT_ONCE, (folder) => this.#once(folder)).then(() => true);
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
    const database = this.#database;
    try {
      return await work();
    } catch (error) {
      if (this.#isClosed) return 0;
      if (!isDamage(error)) throw error;
      this.#replace(database);
      return work();
    }
  }

  /** @param damaged another may have replaced it already */
  #replace(damaged: DatabaseSync): void {
    if (this.#database !== damaged) return;
    this.#statements.clear();
    damaged.close();
    for (const name of filesOf(this.#file)) rmSync(name, { force: true });
    this.#database = openDatabase(this.#file);
  }

  async #refreshFolder({ kind, id, dir, recordFile, read, pointer }: IndexedFolder): Promise<number> {
    const changedMs = (await writtenAt(dir)) ?? 0;
    const seen = this.#get('SELECT changed_ms FROM folders WHERE kind = ? AND id = ?', kind, id);
    if (seen?.changed_ms === changedMs) return 0;
    const known = new Map(
      this.#all('SELECT key, written_ms FROM versions WHERE kind = ? AND id = ?', kind, id).map((row) => [
        row.key as string,
        row.written_ms as number,
      ]),
    );
    const keys = changedMs === 0 ? [] : await standingDirectories(dir);
    const changed = await inParallel(keys, READS_AT_ONCE, async (key) => {
      const writtenMs = await writtenAt(path.join(dir, key, recordFile));
      // One that is being replaced stands meanwhile under another name; its reader finds it there.
      if (writtenMs !== undefined && known.get(key) === writtenMs) return undefined;
      const version = this.#isClosed ? undefined : await readOrTell(read, key, writtenMs);
      // One that cannot be read may be mended in its place, which its folder does not show.
      return { key, writtenMs: version?.state === 'unreadable' ? null : (writtenMs ?? null), version };
    });
    if (this.#isClosed) return 0;
    const latest = (await pointer().catch(() => undefined)) ?? null;
    const gone = [...known.keys()].filter((key) => !keys.includes(key));
    const news = changed.filter((each) => each !== undefined);
    this.#inTransaction(() => {
      const forget = (key: string) => {
        this.#run('DELETE FROM versions WHERE kind = ? AND id = ? AND key = ?', kind, id, key);
        this.#run('DELETE FROM inputs WHERE kind = ? AND id = ? AND key = ?', kind, id, key);
      };
      for (const key of gone) forget(key);
      for (const { key, writtenMs, version } of news) {
        forget(key);
        if (!version) continue;
        for (const input of version.inputs ?? []) {
          this.#run('INSERT OR IGNORE INTO inputs VALUES (?, ?, ?, ?, ?)', input.id, input.version, kind, id, key);
        }
        const { state, created, rows, rows_before, bytes, seconds, warnings } = version;
        this.#run(
          'INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          ...[kind, id, key, writtenMs, state, created, rows, rows_before, bytes, seconds, JSON.stringify(warnings)],
        );
      }
      // What may change once more within the same time is looked at again.
      const { n, unsure } = this.#get(
        'SELECT count(*) AS n, count(*) - count(written_ms) AS unsure FROM versions WHERE kind = ? AND id = ?',
        kind,
        id,
      ) as { n: number; unsure: number };
      const settledMs = Date.now() - changedMs > CLOCK_STEP_MS && unsure === 0 ? changedMs : null;
      this.#run('INSERT OR REPLACE INTO folders VALUES (?, ?, ?, ?, ?)', kind, id, settledMs, latest, n);
    });
    return news.length;
  }

  /** How many versions each has, by `kind/id`. */
  counts(): Map<string, number> {
    const rows = this.#all('SELECT kind, id, count AS n FROM folders');
    return new Map(rows.map(({ kind, id, n }) => [`${kind as string}/${id as string}`, n as number]));
  }

  latest(kind: Kind, id: string): string | null {
    const row = this.#get('SELECT latest FROM folders WHERE kind = ? AND id = ?', kind, id);
    return (row?.latest as string | null | undefined) ?? null;
  }

  /** Newest first. */
  versions(kind: Kind, id: string, limit = -1): IndexedVersion[] {
    const rows = this.#all(
      'SELECT * FROM versions WHERE kind = ? AND id = ? ORDER BY created DESC, key DESC LIMIT ?',
      kind,
      id,
      limit,
    );
    return rows.map((row) => ({
      key: row.key as string,
      state: row.state as VersionState,
      created: row.created as string | null,
      rows: row.rows as number | null,
      rows_before: row.rows_before as number | null,
      bytes: row.bytes as number | null,
      seconds: row.seconds as number | null,
      warnings: JSON.parse(row.warnings as string) as string[],
    }));
  }

  /** The builds that took one of these inputs in this version. */
  takers(inputs: readonly string[], version: string): { id: string; key: string }[] {
    const found = inputs.flatMap((input) =>
      this.#all('SELECT id, key FROM inputs WHERE input = ? AND version = ? AND kind = ?', input, version, 'builds'),
    );
    const named = new Map(found.map(({ id, key }) => [`${id as string} ${key as string}`, { id, key }]));
    return [...named.values()] as { id: string; key: string }[];
  }

  /** What a version took. */
  taken(kind: Kind, id: string, key: string): TakenInput[] {
    const rows = this.#all('SELECT input, version FROM inputs WHERE kind = ? AND id = ? AND key = ?', kind, id, key);
    return rows.map(({ input, version }) => ({ id: input as string, version: version as string }));
  }

  #statement(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #get = (sql: string, ...values: SQLInputValue[]) => this.#statement(sql).get(...values);
  #all = (sql: string, ...values: SQLInputValue[]) => this.#statement(sql).all(...values);
  #run = (sql: string, ...values: SQLInputValue[]) => this.#statement(sql).run(...values);

  #inTransaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    // What a power cut takes of the index is read again.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
    const { user_version: format } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (format !== FORMAT) {
      database.exec(
        `DROP TABLE IF EXISTS folders; DROP TABLE IF EXISTS versions; DROP TABLE IF EXISTS inputs; PRAGMA user_version = ${FORMAT}`,
      );
    }
    database.exec(TABLES);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A database, and what SQLite keeps beside it. */
const filesOf = (file: string) => [file, `${file}-wal`, `${file}-shm`];

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isDamage(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode === 11 || errcode === 26;
}

async function writtenAt(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

/** A record that cannot be read is a version all the same, and says why. */
async function readOrTell(
  read: IndexedFolder['read'],
  key: string,
  writtenMs: number | undefined,
): Promise<ReadVersion | undefined> {
  try {
    return await read(key);
  } catch (error) {
    const { message } = asLifecycleError(error);
    const created = writtenMs === undefined ? null : new Date(writtenMs).toISOString();
    const nothing = { created, rows: null, rows_before: null, bytes: null, seconds: null };
    return { ...nothing, state: 'unreadable', warnings: [message] };
  }
}
