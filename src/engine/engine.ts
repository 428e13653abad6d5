import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api';
import { LifecycleError } from '../errors.ts';
import { READ_LIMITS } from '../settings/read-limits.ts';
import { type ExtensionName, extensionFile, hasExtensions } from './extensions.ts';
import { functionsNamedIn } from './functions.ts';
import { identifier, literal } from './sql.ts';

export interface EngineOptions {
  /** The Python environment that carries DuckDB's extensions. */
  venvDir: string;
  /** A directory for what does not fit into memory. */
  temporaryDir: string;
  /** A database file; absent: in memory, spilling to `temporaryDir`. */
  database?: string;
  readOnly?: boolean;
  /** Bytes that DuckDB may hold; geometry and string work comes on top of it. */
  memoryLimit?: number;
}

export interface ColumnInfo {
  name: string;
  /** DuckDB's name of the type. */
  type: string;
}

/** Rows, decoded to plain JSON-compatible values: BIGINT as string, dates as ISO text. */
export type Row = Record<string, unknown>;

/** Leaves room under 1.5 GB for Node, GDAL's and GEOS's own allocations. */
const DEFAULT_MEMORY_LIMIT: number = READ_LIMITS.memoryBytes.default;

/** Beyond these DuckDB's vectors of one thread take a good part of its memory, and those of two more than there is. */
export const MANY_COLUMNS = 1_000;
/** What DuckDB sets aside for each, in vectors of several steps and pages, most of which few rows never touch. */
const COLUMN_BYTES = 192 * 1024;

const INTERRUPT_EVERY_MS = 50;

/** One DuckDB session. Statements run one after another. */
export class Engine {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #options: EngineOptions;
  readonly #venvDir: string;
  #isBeside = false;
  /** Where DuckDB spills; other short-lived files may lie there too. */
  readonly temporaryDir: string;
  readonly #loaded = new Map<ExtensionName, Promise<void>>();
  readonly #functions = new Set<string>();
  /** Tables that nobody has read yet, with the SQL of their rows. */
  readonly #deferred = new Map<string, string>();
  #isClosed = false;
  #tables = 0;
  #columns = 0;
  #roomFor = 0;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, options: EngineOptions) {
    this.#instance = instance;
    this.#connection = connection;
    this.#options = options;
    this.#venvDir = options.venvDir;
    this.temporaryDir = options.temporaryDir;
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const config: Record<string, string> = {
      temp_directory: options.temporaryDir,
      memory_limit: inMebibytes(options.memoryLimit ?? DEFAULT_MEMORY_LIMIT),
      // Readers of data must not fetch or load code behind our back.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    };
    // DuckDB would check the signature of the whole file at every start, which takes longer than a small ingest. What
    // lies in the environment was checked against the lock's hashes when it was installed (ADR 13).
    if (hasExtensions(options.venvDir, version())) config.allow_unsigned_extensions = 'true';
    if (options.readOnly) config.access_mode = 'READ_ONLY';
    const instance = await DuckDBInstance.create(options.database ?? ':memory:', config);
    const connection = await instance.connect();
    return new Engine(instance, connection, options);
  }

  /** Another session, which shares the memory of this one, runs its statements beside, and is closed before it. */
  async beside(): Promise<Engine> {
    const session = new Engine(this.#instance, await this.#instance.connect(), this.#options);
    session.#isBeside = true;
    return session;
  }

  /** @throws LifecycleError ENG_EXTENSION_MISSING */
  load(name: ExtensionName): Promise<void> {
    const loading = this.#loaded.get(name) ?? this.#load(name);
    this.#loaded.set(name, loading);
    loading.catch(() => this.#loaded.delete(name));
    return loading;
  }

  async #load(name: ExtensionName): Promise<void> {
    const file = extensionFile(this.#venvDir, name, version());
    try {
      if (file) await this.run(`LOAD ${literal(file)}`);
      // Only a session that checks signatures may bring an extension from outside.
      else if (!hasExtensions(this.#venvDir, version())) await this.run(`INSTALL ${name}; LOAD ${name}`);
      else throw new Error(`the package duckdb-extension-${name.replace('_', '-')} is not installed`);
    } catch (cause) {
      throw new LifecycleError('ENG_EXTENSION_MISSING', `DuckDB's extension ${name} could not be loaded`, {
        cause,
        hint: `run 'npm start' or 'npm test' once: they install it with the Python environment (looked in ${path.join(this.#venvDir, 'lib')})`,
      });
    }
    // DuckDB gives a thread 122,880 rows at a time, which is right for numbers; as many geometries are minutes of work
    // for one thread, while the others wait. Made for DuckDB's own tests, this gives it 2,048.
    if (name === 'spatial') await this.run('PRAGMA verify_parallelism');
  }

  /** Functions of this program that a statement calls, and deferred tables that it names. */
  async #provide(sql: string): Promise<void> {
    for (const [table, rows] of this.#deferred)
      if (sql.includes(table) && this.#deferred.delete(table)) await this.run(`CREATE TEMP TABLE ${table} AS ${rows}`);
    for (const [prefix, load] of functionsNamedIn(sql)) {
      if (this.#functions.has(prefix)) continue;
      this.#functions.add(prefix);
      for (const each of await load()) this.#connection.registerScalarFunction(each);
    }
  }

  async run(sql: string): Promise<void> {
    await this.#provide(sql);
    await this.#connection.run(sql).catch(refuse);
  }

  async rows(sql: string): Promise<Row[]> {
    await this.#provide(sql);
    const reader = await this.#connection.runAndReadAll(sql).catch(refuse);
    return reader.getRowObjectsJson() as Row[];
  }

  /** The rows of a query as they come, so that a result need not fit into memory. */
  async *stream(sql: string): AsyncGenerator<{ columns: string[]; rows: unknown[][] }> {
    await this.#provide(sql);
    const result = await this.#connection.stream(sql).catch(refuse);
    const columns = result.deduplicatedColumnNames();
    yield { columns, rows: [] };
    for await (const rows of result.yieldRowsJson()) yield { columns, rows };
  }

  /** The same by columns: many numbers are numbers, and come sooner than as rows of names and values. */
  async columns(sql: string): Promise<unknown[][]> {
    await this.#provide(sql);
    const reader = await this.#connection.runAndReadAll(sql).catch(refuse);
    return reader.getColumnsJS() as unknown[][];
  }

  /** The only row of a query that gives exactly one. */
  async row(sql: string): Promise<Row> {
    return (await this.rows(sql))[0] ?? {};
  }

  async describe(sql: string): Promise<ColumnInfo[]> {
    const rows = await this.rows(`DESCRIBE ${sql}`);
    return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  }

  /** A name for a table or view that no other statement of this session uses. */
  newTableName(): string {
    this.#tables++;
    return identifier(`t${this.#tables}`);
  }

  /** A name for a column that no table and no other statement of this session uses. */
  newColumnName(): string {
    this.#columns++;
    return identifier(`lifecycle_value_${this.#columns}`);
  }

  /** Runs `sql` into a table of its own and gives the table's name. */
  async materialize(sql: string): Promise<string> {
    const table = this.newTableName();
    await this.run(`CREATE TEMP TABLE ${table} AS ${sql}`);
    return table;
  }

  /**
   * The name of a table with the rows of `sql`, which is made when a statement names it. A reader of a single pass, as the
   * one that writes the result, takes `deferredRows` instead, and no table is made at all.
   */
  defer(sql: string): string {
    const table = this.newTableName();
    this.#deferred.set(table, sql);
    return table;
  }

  /** What stands behind FROM for all rows of a table, in their order: the table, or the SQL of one that is not there yet. */
  deferredRows(table: string): string {
    const rows = this.#deferred.get(table);
    return rows === undefined ? table : `(${rows})`;
  }

  /** A sequence: `next` is SQL that gives 1, 2, … to the rows that come by; `count` says how many did. */
  async newCounter(): Promise<{ next: string; count: () => Promise<number> }> {
    const name = this.newTableName().replaceAll('"', '');
    await this.run(`CREATE TEMP SEQUENCE ${name}`);
    const count = async () =>
      Number(
        (await this.row(`SELECT coalesce(last_value, 0) AS n FROM duckdb_sequences() WHERE sequence_name = '${name}'`))
          .n,
      );
    return { next: `nextval('${name}')`, count };
  }

  /** Keeps the one value that a query gives for this session; gives SQL for it, which is a constant to what comes later. */
  async keepValue(sql: string): Promise<string> {
    const name = this.newColumnName().replaceAll('"', '');
    await this.run(`SET VARIABLE ${name} = (${sql})`);
    return `getvariable('${name}')`;
  }

  /** Adds rows of texts to a temporary table, by the name that `newTableName` gave it. */
  async append(table: string, rows: readonly (readonly string[])[]): Promise<void> {
    const appender = await this.#connection.createAppender(table.slice(1, -1), 'main', 'temp');
    for (const row of rows) {
      for (const text of row) appender.appendVarchar(text);
      appender.endRow();
    }
    appender.closeSync();
  }

  /** Work on one thread, which goes through a table from its first row to its last. */
  async onOneThread<T>(work: () => Promise<T>): Promise<T> {
    // With room for many columns there is one thread already, and there is to be no other afterwards.
    if (this.#roomFor > 0) return work();
    await this.run('SET threads = 1');
    try {
      return await work();
    } finally {
      await this.run('RESET threads');
    }
  }

  /**
   * Must be called before statements over whole rows of very many columns, which take memory for each however few the rows
   * are: they get some more, and one thread.
   */
  async makeRoomFor(columns: number): Promise<void> {
    if (columns <= MANY_COLUMNS || columns <= this.#roomFor) return;
    this.#roomFor = columns;
    const bytes = (this.#options.memoryLimit ?? DEFAULT_MEMORY_LIMIT) + columns * COLUMN_BYTES;
    await this.run(`SET threads = 1; SET memory_limit = '${inMebibytes(bytes)}'`);
  }

  interrupt(): void {
    if (!this.#isClosed) this.#connection.interrupt();
  }

  /**
   * Once the signal is aborted, ends the statement at work, and every one that begins later, until the answer is disposed
   * of: a single interruption that falls between two statements reaches neither.
   */
  stoppedBy(signal: AbortSignal): Disposable {
    let again: NodeJS.Timeout | undefined;
    const stop = () => {
      this.interrupt();
      again = setInterval(() => this.interrupt(), INTERRUPT_EVERY_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    return {
      [Symbol.dispose]: () => {
        signal.removeEventListener('abort', stop);
        clearInterval(again);
      },
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#connection.closeSync();
    if (!this.#isBeside) this.#instance.closeSync();
  }
}

const inMebibytes = (bytes: number) => `${Math.floor(bytes / 1024 / 1024)}MiB`;

/** Data that need more memory than there may be are no defect; any other error stays as it is. */
function refuse(cause: unknown): never {
  if (!(cause instanceof Error) || !cause.message.startsWith('Out of Memory Error')) throw cause;
  throw new LifecycleError('ENG_OUT_OF_MEMORY', 'the data need more memory than the database may take', {
    cause,
    hint: `allow it more, as in LIFECYCLE_READ_LIMITS=memoryBytes=${4 * DEFAULT_MEMORY_LIMIT}; what does not fit goes to the disk of the store, which must have room`,
  });
}
