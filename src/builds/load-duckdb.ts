import { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import type { BuildContext } from './build-options.ts';
import { tableNames } from './engine-names.ts';
import type { VerifiedInput } from './verify-inputs.ts';

export interface LoadedTable {
  id: string;
  version: string | null;
  schema: string;
  table: string;
  rows: number;
  columns: { name: string; type: string }[];
}

/** Loads inputs as tables of a new DuckDB file: `ogc_fid`, the data, `data_library_version`. */
export async function loadDuckdb(
  context: BuildContext,
  inputs: readonly VerifiedInput[],
  target: { database: string; temporaryDir: string; schema: string },
): Promise<LoadedTable[]> {
  const tables = tableNames(inputs);
  const { database, temporaryDir, schema } = target;
  const engine = await Engine.open({ venvDir: context.settings.venvDir, temporaryDir, database });
  const stop = () => engine.interrupt();
  context.signal.addEventListener('abort', stop, { once: true });
  const loaded: LoadedTable[] = [];
  try {
    if (inputs.some(needsSpatial)) await engine.load('spatial');
    if (schema !== 'main') await engine.run(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`);
    for (const [table, input] of tables) {
      context.signal.throwIfAborted();
      loaded.push(await loadTable(engine, context, input, schema, table));
    }
    await engine.run('CHECKPOINT');
  } finally {
    context.signal.removeEventListener('abort', stop);
    engine.close();
  }
  return loaded;
}

function needsSpatial(input: VerifiedInput): boolean {
  return input.geometry_column !== null || input.file_type === 'shapefile' || input.file_type === 'gdb';
}

async function loadTable(
  engine: Engine,
  context: BuildContext,
  input: VerifiedInput,
  schema: string,
  table: string,
): Promise<LoadedTable> {
  const name = `${identifier(schema)}.${identifier(table)}`;
  const label = `${input.id} ${input.version ?? ''} into ${schema}.${table}`;
  return context.reporter.step(`loaded ${label}`, async () => {
    try {
      const source = sourceOf(input);
      const present = await engine.describe(`SELECT * FROM ${source}`);
      const numbered = present.some((column) => column.name.toLowerCase() === 'ogc_fid');
      const columns = numbered ? '*' : 'row_number() OVER () AS ogc_fid, *';
      await engine.run(`CREATE TABLE ${name} AS SELECT ${columns} FROM ${source}`);
      await engine.run(
        `ALTER TABLE ${name} ADD COLUMN data_library_version VARCHAR DEFAULT ${literal(input.version ?? '')}`,
      );
      // Plain names find the table too, whatever the schema is called.
      if (schema !== 'main') await engine.run(`CREATE VIEW main.${identifier(table)} AS SELECT * FROM ${name}`);
      const { n } = await engine.row(`SELECT count(*) AS n FROM ${name}`);
      return {
        id: input.id,
        version: input.version,
        schema,
        table,
        rows: Number(n),
        columns: await engine.describe(`SELECT * FROM ${name}`),
      };
    } catch (cause) {
      if (cause instanceof LifecycleError) throw cause;
      throw new LifecycleError('BLD_LOAD_FAILED', `${label} failed`, { cause });
    }
  });
}

/** What pandas' read_csv takes for missing; where the recipe wants PostgreSQL, its tables have it so. */
const PANDAS_MISSING = ['', 'NA', 'N/A', 'n/a', 'NULL', 'null', 'None', 'nan', 'NaN', '-nan', '-NaN', '<NA>', '#N/A'];

/** A table function over an input's file. @throws LifecycleError BLD_LOAD_FAILED for types that cannot be read here */
function sourceOf(input: VerifiedInput): string {
  const file = literal(input.file);
  switch (input.file_type) {
    case 'parquet':
      return `read_parquet(${file})`;
    case 'csv':
      return input.destination === 'duckdb'
        ? `read_csv_auto(${file})`
        : `read_csv(${file}, header := true, all_varchar := true, nullstr := [${PANDAS_MISSING.map(literal).join(', ')}], allow_quoted_nulls := true)`;
    case 'json':
      return `read_json_auto(${file})`;
    case 'shapefile':
      return `(SELECT * EXCLUDE (OGC_FID) FROM ST_Read(${literal(vsiPath(input.file))}))`;
    case 'gdb': {
      const layer = input.custom.layer_name;
      return `ST_Read(${literal(vsiPath(input.file))}${typeof layer === 'string' ? `, layer := ${literal(layer)}` : ''})`;
    }
    default:
      throw new LifecycleError(
        'BLD_LOAD_FAILED',
        `${input.id} ${input.version ?? ''}: a file of type ${input.file_type ?? 'unknown'} cannot be loaded into DuckDB`,
        { hint: 'set another file_type for it, or `destination: file` to hand it over as a file' },
      );
  }
}

/** GDAL reads inside a zip through this prefix. */
function vsiPath(file: string): string {
  return file.toLowerCase().endsWith('.zip') ? `/vsizip/${file}` : file;
}
