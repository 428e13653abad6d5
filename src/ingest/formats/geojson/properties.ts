import type { Engine, Row } from '../../../engine/engine.ts';
import { identifier, literal } from '../../../engine/sql.ts';
import type { RelationColumn } from '../../relation.ts';
import type { PropertyFacts } from './fields.ts';

const DATE = '[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}';
const CLOCK = '[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?';
const OFFSET = '(Z|[+-][0-9]{2}(:?[0-9]{2})?)';

/** What the JSON columns `c0`, `c1`, … of a table hold, and whether any feature's id is a text. */
export async function lookAtProperties(
  engine: Engine,
  table: string,
  count: number,
): Promise<{ facts: PropertyFacts[]; hasTextIds: boolean }> {
  const indexes = Array.from({ length: count }, (_, i) => i);
  const expressions = indexes.flatMap((i) => [
    `list(DISTINCT json_type(c${i})) FILTER (c${i} IS NOT NULL) AS kinds${i}`,
    `count(c${i}) AS values${i}`,
    `any_value(c${i} ->> '$') AS example${i}`,
  ]);
  const row = await engine.row(
    `SELECT ${["count(*) FILTER (json_type(id) = 'VARCHAR') AS text_ids", 'count(*) AS n', ...expressions].join(', ')} FROM ${table}`,
  );
  const details = await closerLook(engine, table, count, row);
  const textShape = (i: number): PropertyFacts['textShape'] => {
    if (details[`stamp${i}`]) return details[`offset${i}`] ? 'datetime with offset' : 'datetime';
    return details[`time${i}`] ? 'time' : 'text';
  };
  const facts = indexes.map((i) => ({
    kinds: kindsOf(row, i),
    hasNulls: Number(row[`values${i}`]) < Number(row.n),
    fitsInt32: details[`int32_${i}`] === true,
    textShape: textShape(i),
  }));
  return { facts, hasTextIds: Number(row.text_ids) > 0 };
}

const kindsOf = (row: Row, i: number) => new Set((row[`kinds${i}`] as string[] | null) ?? []);
const only = (kinds: ReadonlySet<string>, ...allowed: string[]) =>
  kinds.size > 0 && [...kinds].every((kind) => allowed.includes(kind));

/** What takes a look at every value: whether whole numbers are small, and whether texts that begin like dates are. */
async function closerLook(engine: Engine, table: string, columns: number, row: Row): Promise<Row> {
  const expressions: string[] = [];
  for (let i = 0; i < columns; i++) {
    const kinds = kindsOf(row, i);
    const text = `(c${i} ->> '$')`;
    const example = String(row[`example${i}`] ?? '');
    if (only(kinds, 'BIGINT', 'UBIGINT'))
      expressions.push(`bool_and(TRY_CAST(${text} AS INTEGER) IS NOT NULL) AS int32_${i}`);
    if (!only(kinds, 'VARCHAR')) continue;
    const stamp = `${DATE}([T ]${CLOCK})?${OFFSET}?`;
    const shaped = (pattern: string) => `bool_and(regexp_full_match(${text}, ${literal(pattern)}))`;
    if (new RegExp(`^${stamp}$`).test(example)) {
      expressions.push(
        `${shaped(stamp)} AND bool_and(TRY_CAST(replace(${text}, '/', '-') AS TIMESTAMPTZ) IS NOT NULL OR ${text} IS NULL) AS stamp${i}`,
        `bool_or(regexp_full_match(${text}, ${literal(`.*${CLOCK}${OFFSET}`)})) AS offset${i}`,
      );
    } else if (new RegExp(`^${CLOCK}$`).test(example)) expressions.push(`${shaped(CLOCK)} AS time${i}`);
  }
  return expressions.length > 0 ? engine.row(`SELECT ${expressions.join(', ')} FROM ${table}`) : {};
}

/** Lists and objects keep their structure, as far as all values share one. */
export async function nestedTypes(
  engine: Engine,
  table: string,
  columns: readonly RelationColumn[],
  facts: readonly PropertyFacts[],
): Promise<RelationColumn[]> {
  const result = [...columns];
  for (const [i, column] of columns.entries()) {
    const { kinds, hasNulls } = facts[i]!;
    const [kind] = kinds;
    if (kinds.size !== 1 || (kind !== 'ARRAY' && kind !== 'OBJECT')) continue;
    const { s } = await engine.row(`SELECT CAST(json_group_structure(c${i}) AS VARCHAR) AS s FROM ${table}`);
    const type = duckdbType(JSON.parse(String(s)), hasNulls && kind === 'OBJECT');
    if (type) result[i] = { ...column, expression: `CAST(c${i} AS ${type})`, type };
  }
  return result;
}

/** A structure as `json_group_structure` tells it, as a type; undefined where values differ too much. */
function duckdbType(structure: unknown, nullable: boolean): string | undefined {
  if (Array.isArray(structure)) {
    const item = structure.length === 1 ? duckdbType(structure[0], false) : undefined;
    return item && `${item}[]`;
  }
  if (structure !== null && typeof structure === 'object') {
    const fields = Object.entries(structure).map(([key, value]) => {
      const type = duckdbType(value, nullable);
      return type && `${identifier(key)} ${type}`;
    });
    return fields.every((field) => field !== undefined) ? `STRUCT(${fields.join(', ')})` : undefined;
  }
  switch (structure) {
    case 'UBIGINT':
    case 'BIGINT':
      return nullable ? 'DOUBLE' : 'INTEGER';
    case 'DOUBLE':
      return 'DOUBLE';
    case 'BOOLEAN':
      return 'BOOLEAN';
    case 'VARCHAR':
      return 'VARCHAR';
    default:
      return undefined;
  }
}
