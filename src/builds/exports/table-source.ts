import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { ColumnInfo, Engine } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { isGeometry, sridOf } from '../load/input-columns.ts';

/** Where exports read a build's tables. */
export interface TableSource {
  /** A DuckDB session that can read the tables. */
  engine: Engine;
  /** SQL that stands for a table behind FROM in that session. */
  relation(table: string): Promise<string>;
  /** The code of the CRS of a geometry column, 0 where nobody knows it. */
  srid(table: string, column: string): Promise<number>;
  /** Writes a table as CSV in PostgreSQL's dialect. */
  writeCsv(table: string, file: string, options: CsvOptions): Promise<void>;
  /** SQL of a select for a Parquet file. */
  parquetSelect(table: string): Promise<string>;
}

export interface CsvOptions {
  header: boolean;
  crlf: boolean;
}

function absent(table: string): LifecycleError {
  return new LifecycleError('BLD_EXPORT_FAILED', `there is no table ${table} to export`, {
    hint: 'the build commands make it; check the name under `exports` in the recipe',
  });
}

/** Every line feed becomes CR LF, those inside quoted fields too, as the department's exporter does it. */
function toCrlf(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, Buffer.from(chunk.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'));
    },
  });
}

/** The tables of a build's schema, found as its search path finds them. */
export function postgresSource(engine: Engine, attached: string, client: pg.Client, schema: string): TableSource {
  const place = async (table: string): Promise<{ schema: string; table: string }> => {
    const { rows } = await client.query<{ schema: string }>(
      `SELECT n.nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relname = $1 AND n.nspname = ANY($2) ORDER BY array_position($2, n.nspname::text) LIMIT 1`,
      [table, [schema, 'public']],
    );
    if (!rows[0]) throw absent(table);
    return { schema: rows[0].schema, table };
  };
  const quoted = async (table: string) => {
    const found = await place(table);
    return `${identifier(found.schema)}.${identifier(found.table)}`;
  };
  const relation = async (table: string) => `${attached}.${await quoted(table)}`;
  return {
    engine,
    relation,
    async srid(table, column) {
      const { rows } = await client.query<{ srid: number }>(
        `SELECT ST_SRID(${identifier(column)}) AS srid FROM ${await quoted(table)} WHERE ${identifier(column)} IS NOT NULL LIMIT 1`,
      );
      return rows[0]?.srid ?? 0;
    },
    async writeCsv(table, file, { header, crlf }) {
      const sql = `COPY (SELECT * FROM ${await quoted(table)}) TO STDOUT (FORMAT csv, HEADER ${header})`;
      const stream = client.query(copyTo(sql));
      const target = createWriteStream(file);
      await (crlf ? pipeline(stream, toCrlf(), target) : pipeline(stream, target));
    },
    async parquetSelect(table) {
      const from = await relation(table);
      const columns = await engine.describe(`SELECT * FROM ${from}`);
      const server: string[] = [];
      const select: string[] = [];
      for (const { name, type } of columns) {
        const column = identifier(name);
        // pandas, through which the department's exporter goes, sees geometry as the hex of its EWKB.
        server.push(isGeometry(type) ? `upper(encode(ST_AsEWKB(${column}), 'hex')) AS ${column}` : column);
        if (type === 'DATE') select.push(`CAST(${column} AS TIMESTAMP_MS) AS ${column}`);
        else if (/INT/.test(type) && (await hasGaps(engine, from, name)))
          select.push(`CAST(${column} AS DOUBLE) AS ${column}`);
        else select.push(column);
      }
      const sql = `SELECT ${server.join(', ')} FROM ${await quoted(table)}`;
      return `SELECT ${select.join(', ')} FROM postgres_query(${literal(attached)}, ${literal(sql)})`;
    },
  };
}

async function hasGaps(engine: Engine, relation: string, column: string): Promise<boolean> {
  const { gaps } = await engine.row(`SELECT count(*) > count(${identifier(column)}) AS gaps FROM ${relation}`);
  return gaps === true;
}

/** A column as PostgreSQL writes it: `t` and `f`, decimals without `.0`, geometry as the hex of its EWKB. */
function asPostgresText({ name, type }: ColumnInfo, srid: number): string {
  const column = identifier(name);
  if (type === 'BOOLEAN') return `CASE WHEN ${column} THEN 't' WHEN NOT ${column} THEN 'f' END AS ${column}`;
  if (type === 'DOUBLE' || type === 'FLOAT') {
    const text = `regexp_replace(CAST(${column} AS VARCHAR), '\\.0$', '')`;
    return `CASE WHEN isnan(${column}) THEN 'NaN' WHEN isinf(${column}) THEN replace(${text}, 'inf', 'Infinity') ELSE ${text} END AS ${column}`;
  }
  if (!isGeometry(type)) return column;
  const hex = `ST_AsHEXWKB(${column})`;
  if (srid === 0) return `${hex} AS ${column}`;
  // EWKB is WKB with a flag in the type and the SRID after it, both with the least byte first.
  const code = Buffer.alloc(4);
  code.writeInt32LE(srid);
  return `substr(${hex}, 1, 8) || '20' || '${code.toString('hex').toUpperCase()}' || substr(${hex}, 11) AS ${column}`;
}

/**
 * The tables of a DuckDB file.
 *
 * @param asPostgres the recipe wants PostgreSQL, and DuckDB only stands in for it: then booleans are written as there
 */
export function duckdbSource(engine: Engine, schema: string, asPostgres: boolean): TableSource {
  const relation = async (table: string) => {
    const [found] = await engine.rows(
      `SELECT table_schema AS s, table_name AS t FROM information_schema.tables
       WHERE lower(table_name) = ${literal(table.toLowerCase())} AND table_schema IN (${literal(schema)}, 'main')
       ORDER BY table_schema = 'main' LIMIT 1`,
    );
    if (!found) throw absent(table);
    return `${identifier(String(found.s))}.${identifier(String(found.t))}`;
  };
  // What the loader noted; a table that the commands made has the CRS of the inputs, where they agree.
  const srid = async (table: string, column: string) => {
    const notes = await engine.rows(
      `SELECT table_name = ${literal(table)} AND column_name = ${literal(column)} AS own, "comment" AS crs
       FROM duckdb_columns() WHERE "comment" LIKE 'EPSG:%'`,
    );
    const own = notes.find((note) => note.own === true);
    const all = new Set(notes.map((note) => String(note.crs)));
    return sridOf(own ? String(own.crs) : all.size === 1 ? [...all][0] : undefined);
  };
  return {
    engine,
    relation,
    srid,
    async writeCsv(table, file, { header, crlf }) {
      const from = await relation(table);
      const columns = await engine.describe(`SELECT * FROM ${from}`);
      const select = asPostgres
        ? await Promise.all(columns.map(async (column) => asPostgresText(column, await srid(table, column.name))))
        : columns.map((column) => identifier(column.name));
      const plain = crlf ? `${file}.lf` : file;
      const options = `FORMAT csv, HEADER ${header}`;
      await engine.run(`COPY (SELECT ${select.join(', ')} FROM ${from}) TO ${literal(plain)} (${options})`);
      if (!crlf) return;
      await pipeline(createReadStream(plain), toCrlf(), createWriteStream(file));
      await rm(plain);
    },
    parquetSelect: async (table) => `SELECT * FROM ${await relation(table)}`,
  };
}
