import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type LockedInput, SOURCE_DATA_VERSIONS } from '../../store/builds/inputs-lock.ts';
import { formatJson, hashText } from '../../store/files.ts';
import type { BuildContext } from '../build-options.ts';
import { preprocessorsHash } from '../code/preprocessors.ts';
import type { LockedBuild } from '../lock/locked-build.ts';
import type { LoadedTable } from './duckdb.ts';
import { isHandedOver } from './handed-inputs.ts';
import { describeTarget, postgresTarget } from './postgres/target.ts';
import { preprocess, wantsPreprocessing } from './preprocess.ts';
import { type VerifiedInput, verifyInputs } from './verify-inputs.ts';

export const LOAD_FILE = 'load.json';
export const LOAD_DATABASE = 'load.duckdb';

/** `load.json`: where the inputs are now. */
export interface LoadFacts {
  /** The DuckDB file in the partition, if any input was loaded into it. */
  duckdb: string | null;
  /** The PostgreSQL database, if any input was loaded into it; without its password. */
  postgres: string | null;
  schema: string;
  tables: (LoadedTable & { engine: 'duckdb' | 'postgres' })[];
  /** Inputs that the build reads as files: the partition's own, paths relative to the store. */
  files: { id: string; import_as: string | null; version: string | null; path: string; sha256: string }[];
}

/** Inputs of which something becomes a table of PostgreSQL, if there is a server. */
const wantsPostgres = (input: LockedInput) => input.destination === 'postgres';

/** What decides a load: the locked inputs, the code that is run over them, and where they go. */
export async function loadFingerprint(
  context: BuildContext,
  partitionDir: string,
  { lock, env, schema }: LockedBuild,
): Promise<string> {
  const target = lock.inputs.some(wantsPostgres) ? postgresTarget(env) : undefined;
  const code = await preprocessorsHash(context, partitionDir, lock.inputs);
  return hashText(JSON.stringify([lock.inputs, schema, target && describeTarget(target), code]));
}

/** Whether the tables in PostgreSQL are still those of this load; another one may have replaced the schema. */
export async function loadStands(
  context: BuildContext,
  { lock, env, schema }: LockedBuild,
  fingerprint: string,
): Promise<boolean> {
  const target = lock.inputs.some(wantsPostgres) ? postgresTarget(env) : undefined;
  if (!target) return true;
  const [{ standingMark }, { connect }] = await Promise.all([
    import('./postgres/schema-swap.ts'),
    import('./postgres/server.ts'),
  ]);
  const client = await connect(target);
  try {
    return (await standingMark(client, schema)) === markOf(context, fingerprint);
  } finally {
    await client.end();
  }
}

function markOf(context: BuildContext, fingerprint: string): string {
  return `lifecycle: ${context.product.id} ${context.key} ${fingerprint}`;
}

/** Runs the stage: writes `load.json`, and `load.duckdb` where there are tables in it, into `dir`. */
export async function runLoad(
  context: BuildContext,
  build: LockedBuild,
  partitionDir: string,
  dir: string,
  scratch: string,
): Promise<LoadFacts> {
  const inputs = await context.reporter.step(`checked ${build.lock.inputs.length} inputs against the lock`, () =>
    verifyInputs(context, partitionDir, build.lock.inputs),
  );
  const temporaryDir = path.join(scratch, 'load');
  await mkdir(temporaryDir, { recursive: true });
  for (const [i, input] of inputs.entries()) {
    if (wantsPreprocessing(input)) inputs[i] = await preprocess(context, input, temporaryDir);
  }
  const files = inputs.filter(isHandedOver);
  for (const { id } of files.filter(({ destination }) => destination === 'df')) {
    context.reporter.log('info', `${id}: a data frame becomes a file here`);
  }
  const target = inputs.some(wantsPostgres) ? postgresTarget(build.env) : undefined;
  const toPostgres = target ? inputs.filter(wantsPostgres) : [];
  const toDuckdb = inputs.filter((input) => !files.includes(input) && !toPostgres.includes(input));

  const tables: LoadFacts['tables'] = [];
  if (toDuckdb.length > 0) {
    const database = path.join(dir, LOAD_DATABASE);
    const { loadDuckdb } = await import('./duckdb.ts');
    const loaded = await loadDuckdb(context, toDuckdb, { database, temporaryDir, schema: build.schema });
    tables.push(...loaded.map((table) => ({ engine: 'duckdb' as const, ...table })));
  }
  if (target) {
    const { loadPostgres } = await import('./postgres/load.ts');
    const { testsSchema } = await import('./postgres/schema-swap.ts');
    const loaded = await loadPostgres(context, toPostgres, {
      target,
      schema: build.schema,
      tests: testsSchema(build.env, build.schema),
      mark: markOf(context, await loadFingerprint(context, partitionDir, build)),
      sourceVersions: await readFile(path.join(partitionDir, SOURCE_DATA_VERSIONS), 'utf8'),
      temporaryDir,
    });
    tables.push(...loaded.map((table) => ({ engine: 'postgres' as const, ...table })));
  }
  // What was written to while it was read may have been read in part.
  await verifyInputs(context, partitionDir, build.lock.inputs);
  const facts: LoadFacts = {
    duckdb: toDuckdb.length > 0 ? LOAD_DATABASE : null,
    postgres: target ? describeTarget(target) : null,
    schema: build.schema,
    tables,
    files: files.map((input) => asFile(context, input)),
  };
  await writeFile(path.join(dir, LOAD_FILE), formatJson({ format: 1, ...facts }));
  return facts;
}

function asFile({ layout }: BuildContext, { id, import_as, version, file, sha256 }: VerifiedInput) {
  const place = path.relative(layout.root, file).split(path.sep).join('/');
  return { id, import_as, version, path: place, sha256: sha256! };
}
