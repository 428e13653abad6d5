import type { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { PYTHON_WHITESPACE } from '../python-text.ts';
import { findColumn, firstOffender, isText, type Relation, type RelationColumn, withColumn } from '../relation.ts';

/** Text that Python's int() takes. */
const PYTHON_INT = '[+-]?[0-9]+(_[0-9]+)*';

/** Whole numbers that may be missing. Text goes through Python's rules for int(); `1.0` is not one. */
export async function toInteger(
  engine: Engine,
  relation: Relation,
  name: string,
  type: 'INTEGER' | 'BIGINT',
): Promise<Relation> {
  const column = findColumn(relation, name)!;
  const cast = castTo(column, type);
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

function castTo(column: RelationColumn, type: string): string {
  const { expression } = column;
  if (isText(column)) {
    const stripped = `trim(${expression}, ${literal(PYTHON_WHITESPACE)})`;
    return `CASE WHEN regexp_full_match(${stripped}, ${literal(PYTHON_INT)}) THEN TRY_CAST(replace(${stripped}, '_', '') AS ${type}) END`;
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
