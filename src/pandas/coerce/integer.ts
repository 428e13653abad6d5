import type { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { promised } from '../../relation/promise.ts';
import {
  findColumn,
  firstOffender,
  isText,
  type Relation,
  type RelationColumn,
  withColumn,
} from '../../relation/relation.ts';
import { stripped } from '../python-text.ts';

/** Text that Python's int() takes. */
const PYTHON_INT = '[+-]?[0-9]+(_[0-9]+)*';

/**
 * Whole numbers that may be missing. Text goes through Python's rules for int(); `1.0` is not one.
 *
 * @param sample given where a value that is none may come up while the rows are written
 */
export async function toInteger(
  engine: Engine,
  relation: Relation,
  name: string,
  type: 'INTEGER' | 'BIGINT',
  sample?: Relation,
): Promise<Relation> {
  const column = findColumn(relation, name)!;
  const cast = castTo(column, type);
  if (sample) {
    const typed = withColumn(relation, name, { expression: cast, type });
    return promised(engine, typed, name, (value) => `${column.expression} IS NOT NULL AND ${value} IS NULL`);
  }
  const bad = await firstOffender(
    engine,
    relation,
    column.expression,
    `${column.expression} IS NOT NULL AND (${cast}) IS NULL`,
  );
  if (bad) {
    throw new LifecycleError(
      'ING_BAD_VALUE',
      `column ${JSON.stringify(name)} cannot become ${type === 'INTEGER' ? 'integer' : 'bigint'}: row ${bad.row} holds ${JSON.stringify(bad.value)}`,
      { hint: advice(column, bad.value, type), details: { column: name, row: bad.row, value: bad.value } },
    );
  }
  return withColumn(relation, name, { expression: cast, type });
}

export function castTo(column: RelationColumn, type: string): string {
  const { expression } = column;
  if (isText(column)) {
    const cast = `TRY_CAST(${expression} AS ${type})`;
    const bare = stripped(expression);
    // Numbers as DuckDB writes them need no pattern, and those of digits alone no stripping.
    return `CASE WHEN CAST(${cast} AS VARCHAR) = ${expression} THEN ${cast} WHEN regexp_full_match(${expression}, '[+-]?[0-9]+') THEN ${cast} WHEN regexp_full_match(${bare}, ${literal(PYTHON_INT)}) THEN TRY_CAST(replace(${bare}, '_', '') AS ${type}) END`;
  }
  if (column.type === 'DOUBLE' || column.type === 'FLOAT') {
    return `CASE WHEN ${expression} = trunc(${expression}) AND isfinite(${expression}) THEN TRY_CAST(${expression} AS ${type}) END`;
  }
  if (/INT|BOOLEAN|DECIMAL/.test(column.type)) return `TRY_CAST(${expression} AS ${type})`;
  return `NULL::${type}`;
}

function advice(column: RelationColumn, value: string, type: string): string {
  if (isText(column) && /^\s*[+-]?\d*\.\d*\s*$/.test(value))
    return 'coerce the column to numeric first, then to integer';
  if (type === 'INTEGER' && /^\s*[+-]?\d+\s*$/.test(value)) return 'the number does not fit 32 bits: use bigint';
  return 'coerce the column to numeric with `errors: coerce`, which makes nulls of such values, or clean them in an earlier step';
}
