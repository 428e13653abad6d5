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

/** Where the versions of one template or product lie, and how one of them is read. */
export interface IndexedFolder {
  kind: Kind;
  id: string;
  /** Absolute path. */
  dir: string;
  /** Relative to a version's directory: a version has changed when this file has. */
  recordFile: string;
  read(key: string): Promise<Omit<IndexedVersion, 'key'> | undefined>;
  /** The version that `latest` names. */
  pointer(): Promise<string | undefined>;
}

/** Changes with the columns below: an index of another form is thrown away. */
const FORMAT = 1;
/** A directory that changes twice within this time may keep the time of its first change. */
const CLOCK_STEP_MS = 2_000;
const READS_AT_ONCE = 8;

const TABLES = `
  CREATE TABLE IF NOT EXISTS folders (kind TEXT, id TEXT, changed_ms REAL, latest TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions (
    kind TEXT, id TEXT, key TEXT, written_ms REAL, state TEXT, created TEXT,
    "rows" INTEGER, rows_before INTEGER, bytes INTEGER, seconds REAL, warnings TEXT,
    PRIMARY KEY (kind, id, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS newest ON versions (kind, id, created DESC);
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
      await removeDatabase(file);
      return new RecordIndex(file, openDatabase(file));
    }
  }

  close(): void {
    this.#database.close();
  }

  /** Looks at the folders, and into those that have changed. Says how many records were read. */
  async refresh(folders: readonly IndexedFolder[]): Promise<number> {
    try {
      return await this.#refresh(folders);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#database.close();
      this.#statements.clear();
      await removeDatabase(this.#file);
      this.#database = openDatabase(this.#file);
      return this.#refresh(folders);
    }
  }

  async #refresh(folders: readonly IndexedFolder[]): Promise<number> {
    const counts = await inParallel(folders, READS_AT_ONCE, (folder) => this.#refreshFolder(folder));
    return counts.reduce((sum, count) => sum + count, 0);
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
      const writtenMs = (await writtenAt(path.join(dir, key, recordFile))) ?? -1;
      // One that is being replaced stands meanwhile under another name; its reader finds it there.
      if (writtenMs !== -1 && known.get(key) === writtenMs) return undefined;
      return { key, writtenMs, version: await readOrTell(read, key) };
    });
    const latest = (await pointer().catch(() => undefined)) ?? null;
    const gone = [...known.keys()].filter((key) => !keys.includes(key));
    const news = changed.filter((each) => each !== undefined);
    this.#inTransaction(() => {
      for (const key of gone) this.#run('DELETE FROM versions WHERE kind = ? AND id = ? AND key = ?', kind, id, key);
      for (const { key, writtenMs, version } of news) {
        this.#run('DELETE FROM versions WHERE kind = ? AND id = ? AND key = ?', kind, id, key);
        if (!version) continue;
        const { state, created, rows, rows_before, bytes, seconds, warnings } = version;
        this.#run(
          'INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          ...[kind, id, key, writtenMs, state, created, rows, rows_before, bytes, seconds, JSON.stringify(warnings)],
        );
      }
      // What may change once more within the same time is looked at again.
      const settledMs = Date.now() - changedMs > CLOCK_STEP_MS ? changedMs : null;
      this.#run('INSERT OR REPLACE INTO folders VALUES (?, ?, ?, ?)', kind, id, settledMs, latest);
    });
    return news.length;
  }

  /** How many versions each has, by `kind/id`. */
  counts(): Map<string, number> {
    const rows = this.#all('SELECT kind, id, count(*) AS n FROM versions GROUP BY kind, id');
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
      database.exec(`DROP TABLE IF EXISTS folders; DROP TABLE IF EXISTS versions; PRAGMA user_version = ${FORMAT}`);
    }
    database.exec(TABLES);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

async function removeDatabase(file: string): Promise<void> {
  for (const name of [file, `${file}-wal`, `${file}-shm`]) await rm(name, { force: true });
}

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
async function readOrTell(read: IndexedFolder['read'], key: string): Promise<Omit<IndexedVersion, 'key'> | undefined> {
  try {
    return await read(key);
  } catch (error) {
    const { message } = asLifecycleError(error);
    const nothing = { created: null, rows: null, rows_before: null, bytes: null, seconds: null };
    return { ...nothing, state: 'unreadable', warnings: [message] };
  }
}
