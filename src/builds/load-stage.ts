import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatJson, hashText } from '../store/files.ts';
import type { BuildContext } from './build-options.ts';
import { buildSchema } from './engine-names.ts';
import { type InputsLock, readInputsLock } from './inputs-lock.ts';
import { type LoadedTable, loadDuckdb } from './load-duckdb.ts';
import { verifyInputs } from './verify-inputs.ts';

export const LOAD_FILE = 'load.json';
export const LOAD_DATABASE = 'load.duckdb';

/** `load.json`: where the inputs are now. */
export interface LoadFacts {
  /** Null when no input is loaded into a table. */
  engine: 'duckdb' | 'postgres' | null;
  /** The DuckDB file in the partition, or the PostgreSQL database. */
  database: string | null;
  schema: string | null;
  tables: LoadedTable[];
  /** Inputs that the build reads as files, paths relative to the store. */
  files: { id: string; import_as: string | null; version: string | null; path: string; sha256: string }[];
}

/** What decides a load: the locked inputs, and where they go. */
export async function loadFingerprint(context: BuildContext, partitionDir: string): Promise<string> {
  const lock = await readInputsLock(partitionDir);
  return hashText(JSON.stringify([lock.inputs, schemaOf(context)]));
}

function schemaOf(context: BuildContext): string {
  const { options, key, settings } = context;
  return buildSchema({ ...settings.env, ...context.product.env }, options.buildName || key);
}

/** Runs the stage: writes `load.json`, and `load.duckdb` where there are tables, into `dir`. */
export async function runLoad(
  context: BuildContext,
  partitionDir: string,
  dir: string,
  scratch: string,
): Promise<LoadFacts> {
  const lock: InputsLock = await readInputsLock(partitionDir);
  const inputs = await verifyInputs(context, lock.inputs);
  const asFiles = inputs.filter(({ destination }) => destination === 'file' || destination === 'df');
  const asTables = inputs.filter((input) => !asFiles.includes(input));
  for (const { id, destination } of asFiles) {
    if (destination === 'df') context.reporter.log('info', `${id}: a data frame becomes a file here`);
  }
  const schema = schemaOf(context);
  let tables: LoadedTable[] = [];
  if (asTables.length > 0) {
    const temporaryDir = path.join(scratch, 'duckdb');
    await mkdir(temporaryDir, { recursive: true });
    tables = await loadDuckdb(context, asTables, { database: path.join(dir, LOAD_DATABASE), temporaryDir, schema });
  }
  const facts: LoadFacts = {
    engine: asTables.length > 0 ? 'duckdb' : null,
    database: asTables.length > 0 ? LOAD_DATABASE : null,
    schema: asTables.length > 0 ? schema : null,
    tables,
    files: asFiles.map(({ id, import_as, version, path: place, sha256 }) => ({
      id,
      import_as,
      version,
      path: place!,
      sha256: sha256!,
    })),
  };
  await writeFile(path.join(dir, LOAD_FILE), formatJson({ format: 1, ...facts }));
  return facts;
}
