import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type pg from 'pg';
import { identifier } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import type { LoadedTable } from '../duckdb.ts';
import type { VerifiedInput } from '../verify-inputs.ts';
import type { PostgresTarget } from './target.ts';

const run = promisify(execFile);

/**
 * Loads a dump with psql, in one transaction: it makes its table in `public`, from where it is moved. With another
 * name wanted, its key, index and sequence are renamed too, as the department's loader does it.
 */
export async function loadDump(
  client: pg.Client,
  target: PostgresTarget,
  input: VerifiedInput,
  place: { schema: string; table: string },
  path: string | undefined,
): Promise<LoadedTable> {
  const { schema, table } = place;
  const { id } = input;
  const moved = `${identifier(schema)}.${identifier(table)}`;
  const inSchema = `${identifier(schema)}.${identifier(id)}`;
  const rename = [
    `ALTER TABLE ${inSchema} RENAME TO ${identifier(table)}`,
    `ALTER TABLE ${moved} RENAME CONSTRAINT ${identifier(`${id}_pk`)} TO ${identifier(`${table}_pk`)}`,
    `ALTER INDEX IF EXISTS ${identifier(schema)}.${identifier(`${id}_wkb_geometry_geom_idx`)} RENAME TO ${identifier(`${table}_wkb_geometry_geom_idx`)}`,
    `ALTER SEQUENCE IF EXISTS ${identifier(schema)}.${identifier(`${id}_ogc_fid_seq`)} RENAME TO ${identifier(`${table}_ogc_fid_seq`)}`,
  ];
  const statements = [
    `ALTER TABLE public.${identifier(id)} SET SCHEMA ${identifier(schema)}`,
    ...(table === id ? [] : rename),
    `ALTER TABLE ${moved} ADD COLUMN IF NOT EXISTS data_library_version text DEFAULT '${(input.version ?? '').replaceAll("'", "''")}'`,
  ];
  const args = ['--no-psqlrc', '--quiet', '--single-transaction', '--set', 'ON_ERROR_STOP=1', '--file', input.file];
  try {
    await run('psql', [...args, ...statements.flatMap((statement) => ['--command', statement])], {
      env: {
        PATH: path,
        PGHOST: target.host,
        PGPORT: String(target.port),
        PGUSER: target.user,
        PGPASSWORD: target.password,
        PGDATABASE: target.database,
        PGAPPNAME: 'lifecycle',
      },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new LifecycleError('BLD_LOAD_FAILED', `the dump of ${id} ${input.version ?? ''} could not be loaded`, {
      cause,
      hint: missing ? "install psql, PostgreSQL's client" : undefined,
    });
  }
  const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${moved}`);
  const columns = await client.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [moved],
  );
  return { id, version: input.version, schema, table, rows: Number(rows[0]?.n ?? 0), columns: columns.rows };
}
