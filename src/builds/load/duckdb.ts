import { Engine } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import type { BuildContext } from '../build-options.ts';
import { tableNames } from './engine-names.ts';
import { crsOf, inputTable, isGeometry, mayHoldGeometry, relationOf, sridOf } from './input-columns.ts';
import type { VerifiedInput } from './verify-inputs.ts';

export interface LoadedTable {
  id: string;
  version: string | null;
  schema: string;
  table: string;
  rows: number;
  /** The data's columns with the engine's type names. */
  columns: { name: string; type: string }[];
}

/** Loads inputs as tables of a new DuckDB file. */
export async function loadDuckdb(
  context: BuildContext,
  inputs: readonly VerifiedInput[],
  target: { database: string; temporaryDir: string; schema: string },
): Promise<LoadedTable[]> {
  const tables = tableNames(inputs);
  const { database, temporaryDir, schema } = target;
  const engine = await Engine.open({ venvDir: context.settings.venvDir, temporaryDir, database });
  using _stopping = engine.stoppedBy(context.signal);
  const loaded: LoadedTable[] = [];
  try {
    if (inputs.some(mayHoldGeometry)) await engine.load('spatial');
    if (schema !== 'main') await engine.run(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`);
    for (const [table, input] of tables) {
      context.signal.throwIfAborted();
      loaded.push(await loadTable(engine, context, input, schema, table));
    }
    await engine.run('CHECKPOINT');
  } finally {
    engine.close();
  }
  return loaded;
}

async function loadTable(
  engine: Engine,
  context: BuildContext,
  input: VerifiedInput,
  schema: string,
  table: string,
): Promise<LoadedTable> {
  const name = `${identifier(schema)}.${identifier(table)}`;
  const label = `${input.id} ${input.version ?? ''}`;
  return context.reporter.step(`loaded ${label} into ${schema}.${table}`, async () => {
    try {
      await engine.run(`CREATE TABLE ${name} AS ${await selectFor(engine, input)}`);
      await engine.run(
        `ALTER TABLE ${name} ADD COLUMN data_library_version VARCHAR DEFAULT ${literal(input.version ?? '')}`,
      );
      await noteCrs(engine, name, input);
      // Plain names find the table too, whatever the schema is called.
      if (schema !== 'main') await engine.run(`CREATE VIEW main.${identifier(table)} AS SELECT * FROM ${name}`);
      const { n } = await engine.row(`SELECT count(*) AS n FROM ${name}`);
      const columns = await engine.describe(`SELECT * FROM ${name}`);
      return { id: input.id, version: input.version, schema, table, rows: Number(n), columns };
    } catch (cause) {
      context.signal.throwIfAborted();
      if (cause instanceof LifecycleError) throw cause;
      throw new LifecycleError('BLD_LOAD_FAILED', `${label} could not be loaded into ${schema}.${table}`, { cause });
    }
  });
}

/** A DuckDB file keeps no CRS with a column's type, so the column's comment says it. */
async function noteCrs(engine: Engine, name: string, input: VerifiedInput): Promise<void> {
  for (const column of await engine.describe(`SELECT * FROM ${name}`)) {
    if (!isGeometry(column.type)) continue;
    const srid = sridOf(crsOf(column.type) ?? input.crs);
    if (srid !== 0) await engine.run(`COMMENT ON COLUMN ${name}.${identifier(column.name)} IS 'EPSG:${srid}'`);
  }
}

/**
 * An input that the recipe wants in PostgreSQL gets the columns that it would have there; one that it wants in DuckDB
 * is taken as it is, with a row number before its columns. Both as the department's loader does it.
 */
async function selectFor(engine: Engine, input: VerifiedInput): Promise<string> {
  if (input.destination !== 'duckdb') {
    const { relation, columns } = await inputTable(engine, input);
    const named = columns.map((column) => `${column.expression} AS ${identifier(column.name)}`);
    return `SELECT ${[...named, 'CAST(row_number() OVER () AS INTEGER) AS ogc_fid'].join(', ')} FROM ${relation}`;
  }
  const relation =
    input.file_type === 'csv' ? `read_csv_auto(${literal(input.file)})` : await relationOf(engine, input);
  const present = await engine.describe(`SELECT * FROM ${relation}`);
  const numbered = present.some((column) => column.name.toLowerCase() === 'ogc_fid');
  return `SELECT ${numbered ? '*' : 'row_number() OVER () AS ogc_fid, *'} FROM ${relation}`;
}
