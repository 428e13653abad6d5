import { LifecycleError } from '../../errors.ts';

/** PostgreSQL cuts identifiers at this many bytes. */
const MAX_IDENTIFIER = 63;

/**
 * The schema that a build loads into: BUILD_ENGINE_SCHEMA, else the build's name in lower case with everything but
 * letters, digits and `_` as `_`, so that it needs no quotes in SQL.
 */
export function buildSchema(env: Readonly<Record<string, string | undefined>>, buildName: string): string {
  if (env.BUILD_ENGINE_SCHEMA) return env.BUILD_ENGINE_SCHEMA;
  const safe = buildName.toLowerCase().replace(/[^a-z0-9_]/g, '_');
  return (/^[a-z_]/.test(safe) ? safe : `_${safe}`).slice(0, MAX_IDENTIFIER);
}

/** As the department's loader names tables of DuckDB: no outer spaces, `-`, `'` and space as `_`, lower case. */
export function tableName(input: { id: string; import_as: string | null }): string {
  return (input.import_as ?? input.id).trim().replace(/[-' ]/g, '_').toLowerCase();
}

/** @throws LifecycleError BLD_LOAD_FAILED when two inputs would be loaded into one table */
export function tableNames<T extends { id: string; version: string | null; import_as: string | null }>(
  inputs: readonly T[],
): Map<string, T> {
  const tables = new Map<string, T>();
  for (const input of inputs) {
    const table = tableName(input);
    const other = tables.get(table);
    if (other) {
      throw new LifecycleError(
        'BLD_LOAD_FAILED',
        `the inputs ${other.id} ${other.version} and ${input.id} ${input.version} would share the table ${table}`,
        { hint: 'give one of them a name of its own with import_as' },
      );
    }
    tables.set(table, input);
  }
  return tables;
}
