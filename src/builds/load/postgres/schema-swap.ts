import type pg from 'pg';
import { identifier, literal } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';

/** PostgreSQL cuts identifiers at this many bytes. */
const MAX_IDENTIFIER = 63;
const LOADING = '__loading';
const TESTS = '__tests';

/** The schema that tables are loaded into before they take the place of the build's schema. */
function loadingSchema(schema: string): string {
  return `${schema.slice(0, MAX_IDENTIFIER - LOADING.length)}${LOADING}`;
}

/** The schema for a product's own tests. */
export function testsSchema(env: Readonly<Record<string, string | undefined>>, schema: string): string {
  return env.BUILD_ENGINE_SCHEMA_TESTS || `${schema.slice(0, MAX_IDENTIFIER - TESTS.length)}${TESTS}`;
}

/**
 * Holds a build's schema for one load; it is let go when the connection ends, however that comes about.
 *
 * @throws LifecycleError STO_BUSY
 */
export async function claimSchema(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ held: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held',
    [`lifecycle load ${schema}`],
  );
  if (rows[0]?.held) return;
  throw new LifecycleError('STO_BUSY', `another load is writing the schema ${schema}`, {
    hint: 'wait for it to end, or give this build another BUILD_ENGINE_SCHEMA',
  });
}

/** Empties the loading schema of what a killed load left in it. */
export async function prepareLoading(client: pg.Client, schema: string, wantsGeometry: boolean): Promise<string> {
  const loading = loadingSchema(schema);
  if (wantsGeometry) await wantPostgis(client);
  await client.query(`DROP SCHEMA IF EXISTS ${identifier(loading)} CASCADE; CREATE SCHEMA ${identifier(loading)}`);
  return loading;
}

async function wantPostgis(client: pg.Client): Promise<void> {
  const { rows } = await client.query("SELECT 1 FROM pg_extension WHERE extname = 'postgis'");
  if (rows.length > 0) return;
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS postgis');
  } catch (cause) {
    throw new LifecycleError('BLD_LOAD_FAILED', 'the database has no PostGIS, and it could not be added', {
      cause,
      hint: 'let an administrator run CREATE EXTENSION postgis in it',
    });
  }
}

interface Swap {
  schema: string;
  loading: string;
  tests: string;
  tables: readonly string[];
  /** Says which build's load stands in the schema. */
  mark: string;
}

/**
 * Puts the loaded tables into the build's schema, in one transaction: until it ends everybody sees the tables of
 * before. A schema of its own is replaced as a whole, `public` table by table.
 */
export async function swapIn(client: pg.Client, { schema, loading, tests, tables, mark }: Swap): Promise<void> {
  const statements =
    schema === 'public'
      ? [
          ...tables.flatMap((table) => [
            `DROP TABLE IF EXISTS public.${identifier(table)} CASCADE`,
            `ALTER TABLE ${identifier(loading)}.${identifier(table)} SET SCHEMA public`,
          ]),
          `DROP SCHEMA ${identifier(loading)}`,
        ]
      : [
          `DROP SCHEMA IF EXISTS ${identifier(schema)} CASCADE`,
          `ALTER SCHEMA ${identifier(loading)} RENAME TO ${identifier(schema)}`,
          `DROP SCHEMA IF EXISTS ${identifier(tests)} CASCADE`,
          `CREATE SCHEMA ${identifier(tests)}`,
        ];
  await client.query('BEGIN');
  try {
    for (const statement of statements) await client.query(statement);
    await client.query(`COMMENT ON TABLE ${identifier(schema)}.source_data_versions IS ${literal(mark)}`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

export async function dropSchemas(client: pg.Client, schemas: readonly string[]): Promise<void> {
  for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS ${identifier(schema)} CASCADE`);
}

/** The mark of the load that stands in a schema. */
export async function standingMark(client: pg.Client, schema: string): Promise<string | undefined> {
  const { rows } = await client.query<{ mark: string | null }>(
    `SELECT obj_description(to_regclass($1), 'pg_class') AS mark`,
    [`${identifier(schema)}.source_data_versions`],
  );
  return rows[0]?.mark ?? undefined;
}
