import type { Engine } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import { aggregate, isInteger, type Relation, type RelationColumn } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { requireStatedRows } from './parquet-rows.ts';
import { exactTypes } from './parquet-types.ts';

/** As pandas reads the file: whole numbers with nulls are doubles and NaN is a null. */
export async function read(
  file: string,
  _format: FormatArguments<'parquet'>,
  { engine }: FormatContext,
): Promise<Relation> {
  const relation = await readParquet(engine, file);
  await requireStatedRows(engine, file);
  const { nullable } = await pandasMetadata(engine, file);
  const whole = relation.columns.filter((column) => isInteger(column) && !nullable.has(column.name));
  const counts = await aggregate(
    engine,
    relation,
    Object.fromEntries([
      ['rows', 'count(*)'],
      ...whole.map((column, i) => [`c${i}`, `count(${column.expression})`] as const),
    ]),
  );
  const withGaps = new Set(whole.filter((_, i) => counts[`c${i}`] !== counts.rows));
  const columns = relation.columns.map((column) => {
    const { expression, type } = column;
    if (withGaps.has(column)) return { ...column, expression: `CAST(${expression} AS DOUBLE)`, type: 'DOUBLE' };
    if (type !== 'DOUBLE' && type !== 'FLOAT') return column;
    return { ...column, expression: `CASE WHEN isnan(${expression}) THEN NULL ELSE ${expression} END` };
  });
  return { ...relation, columns };
}

interface PandasMetadata {
  /** Columns of whole numbers that may be missing, pandas' own kind. */
  nullable: ReadonlySet<string>;
  /** Columns that hold row labels, which are no data. */
  labels: ReadonlySet<string>;
}

/** What pandas noted in a file that it wrote. */
async function pandasMetadata(engine: Engine, file: string): Promise<PandasMetadata> {
  const [row] = await engine.rows(
    `SELECT decode(value) AS note FROM parquet_kv_metadata(${literal(file)}) WHERE key = 'pandas'::BLOB`,
  );
  const note = row ? (JSON.parse(String(row.note)) as { index_columns?: unknown[]; columns?: PandasColumn[] }) : {};
  const columns = note.columns ?? [];
  return {
    nullable: new Set(
      columns
        .filter(({ numpy_type: type }) => /^U?Int\d/.test(type))
        .map(({ field_name: field, name }) => field ?? name),
    ),
    labels: new Set((note.index_columns ?? []).filter((label) => typeof label === 'string')),
  };
}

interface PandasColumn {
  name: string;
  field_name?: string;
  numpy_type: string;
}

/**
 * A parquet file as a plain table: a geometry is what it is stored as, well-known binary.
 *
 * @throws LifecycleError ING_BAD_FILE
 */
export async function readParquet(engine: Engine, file: string): Promise<Relation> {
  try {
    const exact = await exactTypes(engine, file);
    const from = `read_parquet(${literal(exact.file)})`;
    const described = await engine.describe(`SELECT * FROM ${from}`);
    const columns: RelationColumn[] = [];
    for (const [i, { name, type }] of described.entries()) {
      const expression = identifier(name);
      const reading = exact.readings.get(i);
      if (reading) columns.push({ name, expression: reading.expression(expression), type: reading.type });
      else if (type.startsWith('GEOMETRY')) {
        await engine.load('spatial');
        columns.push({ name, expression: `ST_AsWKB(${expression})`, type: 'BLOB' });
      } else columns.push({ name, expression, type });
    }
    const named = await originalNames(engine, file, columns);
    const { labels } = await pandasMetadata(engine, file);
    return { from, columns: named.filter(({ name }) => !labels.has(name)), where: [], geometry: undefined };
  } catch (cause) {
    if (cause instanceof LifecycleError) throw cause;
    throw new LifecycleError('ING_BAD_FILE', 'the file cannot be read as parquet', {
      cause,
      hint: 'check the file at its source',
    });
  }
}

/** DuckDB tells columns apart by more than case and renames the second of `ID` and `id`; the file knows better. */
async function originalNames(engine: Engine, file: string, columns: RelationColumn[]): Promise<RelationColumn[]> {
  const schema = await engine.rows(`SELECT name, num_children FROM parquet_schema(${literal(file)})`);
  const flat = schema.slice(1);
  if (flat.length !== columns.length) return columns;
  return columns.map((column, i) => ({ ...column, name: String(flat[i]!.name) }));
}
