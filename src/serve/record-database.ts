import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** Changes with the columns below: an index of another form is thrown away. */
const FORMAT = 3;
const TABLES = `
  CREATE TABLE IF NOT EXISTS folders (
    kind TEXT, id TEXT, changed_ms REAL, latest TEXT, count INTEGER, PRIMARY KEY (kind, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions (
    kind TEXT, id TEXT, key TEXT, written_ms REAL, state TEXT, created TEXT,
    "rows" INTEGER, rows_before INTEGER, bytes INTEGER, seconds REAL, warnings TEXT,
    PRIMARY KEY (kind, id, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS newest ON versions (kind, id, created DESC, key DESC, state);
  CREATE TABLE IF NOT EXISTS inputs (
    input TEXT, version TEXT, kind TEXT, id TEXT, key TEXT, PRIMARY KEY (input, version, kind, id, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS takers ON inputs (kind, id, key);
`;

/** A database that holds nothing but what can be read again: one of another form, or a damaged one, is thrown away. */
export class RecordDatabase {
  readonly #file: string;
  readonly #statements = new Map<string, StatementSync>();
  #database: DatabaseSync;
  /** How often it was thrown away. */
  generation = 0;

  private constructor(file: string, database: DatabaseSync) {
    this.#file = file;
    this.#database = database;
  }

  /** @param file absolute; its folder is made */
  static async open(file: string): Promise<RecordDatabase> {
    await mkdir(path.dirname(file), { recursive: true }).catch(() => {});
    return new RecordDatabase(file, openAtAnyRate(file));
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /** @param generation the one that is damaged; another may have replaced it already */
  replace(generation: number): void {
    if (this.generation !== generation) return;
    this.close();
    for (const name of filesOf(this.#file)) rmSync(name, { force: true });
    this.#database = openAtAnyRate(this.#file);
    this.generation++;
  }

  get = (sql: string, ...values: SQLInputValue[]) => this.#statement(sql).get(...values);
  all = (sql: string, ...values: SQLInputValue[]) => this.#statement(sql).all(...values);
  run = (sql: string, ...values: SQLInputValue[]) => this.#statement(sql).run(...values);

  inTransaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** One that cannot be used is made anew; a store that is somebody else's, and only to be read, has it in memory. */
function openAtAnyRate(file: string): DatabaseSync {
  try {
    return openDatabase(file);
  } catch {
    try {
      for (const name of filesOf(file)) rmSync(name, { force: true });
      return openDatabase(file);
    } catch {
      return openDatabase(':memory:');
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
      const drops = ['folders', 'versions', 'inputs'].map((table) => `DROP TABLE IF EXISTS ${table};`);
      database.exec(`${drops.join(' ')} PRAGMA user_version = ${FORMAT}`);
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
export function isDamage(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode === 11 || errcode === 26;
}
