import path from 'node:path';
import type { ColumnInfo, Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { inParallel } from '../in-parallel.ts';
import { type GeoFacts, geoFacts } from '../parquet/geo-metadata.ts';
import type { FileFact } from '../store/files.ts';
import type { Table } from './api.ts';
import type { Sessions } from './sessions.ts';

/** What a file says of itself. */
interface OutputFacts extends GeoFacts {
  rows: number;
  columns: ColumnInfo[];
}

const TABLE = /\.(?:parquet|csv)$/i;
const CSV = /\.csv$/i;
const NO_SHAPES = { crs: null, geometry_column: null, geometry_types: [], bbox: null };
/** Files whose facts are remembered; a product has some dozens. */
const REMEMBERED = 2_000;

/** What the Parquet and CSV files among the outputs of builds say of themselves, which no record does. */
export class OutputTables {
  readonly #sessions: Sessions;
  /** By hash: the same bytes say the same. */
  readonly #known = new Map<string, OutputFacts>();

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /**
   * @param build `builds.PRODUCT@KEY`
   * @param dir absolute path of the folder of outputs
   */
  async of(build: string, dir: string, files: readonly FileFact[], signal: AbortSignal): Promise<Table[]> {
    const readable = files.filter((file) => TABLE.test(file.path));
    const tables = await inParallel(readable, 2, async (file): Promise<Table | undefined> => {
      // One that cannot be read is a file to download, and hides none of the others.
      const facts = await this.facts(path.join(dir, file.path), file, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (!facts) return undefined;
      const columns = facts.columns.map((column) => ({ ...column, description: null }));
      return { ref: `${build}.${file.path}`, name: file.path, path: `output/${file.path}`, ...facts, columns };
    });
    return tables.filter((table) => table !== undefined);
  }

  async facts(file: string, { sha256 }: FileFact, signal: AbortSignal): Promise<OutputFacts> {
    const known = this.#known.get(sha256);
    if (known) return known;
    const facts = await this.#sessions.use(signal, (engine) => read(engine, file));
    if (this.#known.size >= REMEMBERED) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(sha256, facts);
    return facts;
  }
}

async function read(engine: Engine, file: string): Promise<OutputFacts> {
  if (CSV.test(file)) {
    // Types are those of its first rows; its rows are shown with those of all.
    const columns = await engine.describe(`SELECT * FROM read_csv(${literal(file)})`);
    const { n } = await engine.row(`SELECT count(*) AS n FROM read_csv(${literal(file)}, all_varchar = true)`);
    return { columns, rows: Number(n), ...NO_SHAPES };
  }
  const columns = await engine.describe(`SELECT * FROM read_parquet(${literal(file)}, hive_partitioning = false)`);
  const { rows } = await engine.row(`SELECT num_rows AS rows FROM parquet_file_metadata(${literal(file)})`);
  return { columns, rows: Number(rows), ...(await geoFacts(engine, file)) };
}
