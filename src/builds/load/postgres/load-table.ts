import type { Engine } from '../../../engine/engine.ts';
import { identifier, literal } from '../../../engine/sql.ts';
import type { LoadedTable } from '../duckdb.ts';
import { type InputTable, inputTable } from '../input-columns.ts';
import type { VerifiedInput } from '../verify-inputs.ts';
import type { PostgresTarget } from './target.ts';

/** The name that the database is attached under in a DuckDB session. */
const ATTACHED = 'engine';

/** Opens the way from a DuckDB session into PostgreSQL; rows then go in PostgreSQL's binary COPY format. */
export async function attach(engine: Engine, target: PostgresTarget): Promise<void> {
  await engine.load('postgres_scanner');
  const options = [
    `HOST ${literal(target.host)}`,
    `PORT ${target.port}`,
    `USER ${literal(target.user)}`,
    `PASSWORD ${literal(target.password)}`,
    `DATABASE ${literal(target.database)}`,
  ];
  await engine.run(`CREATE SECRET (TYPE postgres, ${options.join(', ')})`);
  await engine.run(`ATTACH '' AS ${ATTACHED} (TYPE postgres)`);
}

/**
 * Loads one input in one transaction: the data's columns, `ogc_fid` as a serial primary key, `data_library_version`,
 * and an index on the geometry.
 */
export async function loadTable(
  engine: Engine,
  input: VerifiedInput,
  place: { schema: string; table: string },
): Promise<LoadedTable> {
  const described = await inputTable(engine, input);
  await engine.run('BEGIN');
  try {
    const rows = await fill(engine, described, place, input.version ?? '');
    await engine.run('COMMIT');
    const columns = described.columns.map(({ name, type }) => ({ name, type }));
    return { id: input.id, version: input.version, ...place, rows, columns };
  } catch (error) {
    await engine.run('ROLLBACK').catch(() => {});
    throw error;
  }
}

async function fill(
  engine: Engine,
  { relation, columns, geometry }: InputTable,
  { schema, table }: { schema: string; table: string },
  version: string,
): Promise<number> {
  const name = `${identifier(schema)}.${identifier(table)}`;
  const execute = (sql: string) => engine.run(`CALL postgres_execute('${ATTACHED}', ${literal(sql)})`);
  const definitions = columns.map((column) => `${identifier(column.name)} ${column.type}`);
  await execute(`CREATE TABLE ${name} (${[...definitions, 'ogc_fid serial'].join(', ')})`);
  await engine.run('CALL pg_clear_cache()');
  const expressions = [...columns.map((column) => column.expression), 'row_number() OVER ()'];
  const inserted = await engine.row(
    `INSERT INTO ${ATTACHED}.${name} SELECT ${expressions.join(', ')} FROM ${relation}`,
  );
  const rows = Number(inserted.Count ?? 0);
  const statements = [
    `SELECT setval(pg_get_serial_sequence(${literal(name)}, 'ogc_fid'), ${Math.max(rows, 1)}, ${rows > 0})`,
    `ALTER TABLE ${name} ADD CONSTRAINT ${identifier(`${table.slice(0, 60)}_pk`)} PRIMARY KEY (ogc_fid)`,
    `ALTER TABLE ${name} ADD COLUMN data_library_version text DEFAULT ${literal(version)}`,
    ...(geometry
      ? [
          `CREATE INDEX ${identifier(`idx_${table}_${geometry.name}`.slice(0, 63))} ON ${name} USING gist (${identifier(geometry.name)})`,
        ]
      : []),
    ...analyze(name, columns, geometry?.name),
  ];
  // In one go: each call reads PostgreSQL's catalog again.
  await execute(statements.join('; '));
  return rows;
}

/** PostGIS' samples of geometries. Its histograms are coarse, and a sample of the usual size takes longer than the index. */
const GEOMETRY_STATISTICS = 25;

/** So that the first queries are planned with statistics: nobody has waited for PostgreSQL to make them by itself. */
function analyze(table: string, columns: readonly { name: string }[], geometry: string | undefined): string[] {
  if (geometry === undefined) return [`ANALYZE ${table}`];
  const others = [...columns.map(({ name }) => name).filter((name) => name !== geometry), 'ogc_fid'];
  return [
    `ANALYZE ${table} (${others.map(identifier).join(', ')})`,
    `SET LOCAL default_statistics_target = ${GEOMETRY_STATISTICS}`,
    `ANALYZE ${table} (${identifier(geometry)})`,
  ];
}
