import type { Engine } from '../../engine/engine.ts';
import { LifecycleError } from '../../errors.ts';
import type { OnBadValue } from '../dates/coerce.ts';
import { aggregate, findColumn, firstOffender, isNumeric, isText, type Relation, withColumn } from '../relation.ts';
import { toDouble } from '../text-kinds.ts';

const INTEGER = ' *[+-]?[0-9]+ *';
const DECIMAL = ' *[+-]?(([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|(?i:inf|infinity)) *';

/** int64 where every value is a whole number and none is missing, else double. Empty text is missing. */
export async function toNumeric(
  engine: Engine,
  relation: Relation,
  name: string,
  onBad: OnBadValue,
): Promise<Relation> {
  const column = findColumn(relation, name)!;
  const { expression } = column;
  if (column.type.startsWith('DECIMAL'))
    return withColumn(relation, name, { expression: `CAST(${expression} AS DOUBLE)`, type: 'DOUBLE' });
  if (isNumeric(column)) return relation;
  if (column.type === 'BOOLEAN') {
    const { nulls } = await aggregate(engine, relation, { nulls: `count(*) - count(${expression})` });
    return Number(nulls) === 0
      ? relation
      : withColumn(relation, name, { expression: `CAST(${expression} AS DOUBLE)`, type: 'DOUBLE' });
  }
  if (!isText(column) && onBad === 'coerce' && !column.type.startsWith('TIMESTAMP'))
    return withColumn(relation, name, { expression: 'NULL::DOUBLE', type: 'DOUBLE' });
  if (!isText(column)) {
    throw new LifecycleError(
      'ING_BAD_VALUE',
      `column ${JSON.stringify(name)} holds ${column.type}, which is no number`,
      { hint: 'coerce it to string first' },
    );
  }
  const given = `nullif(${expression}, '')`;
  const isNumber = `regexp_full_match(${given}, '${DECIMAL}')`;
  const isWhole = `regexp_full_match(${given}, '${INTEGER}')`;
  if (onBad === 'raise') {
    const bad = await firstOffender(engine, relation, expression, `${given} IS NOT NULL AND NOT ${isNumber}`);
    if (bad) {
      throw new LifecycleError(
        'ING_BAD_VALUE',
        `column ${JSON.stringify(name)} cannot become numeric: row ${bad.row} holds ${JSON.stringify(bad.value)}`,
        {
          hint: 'set `errors: coerce` to make nulls of such values, or clean them in an earlier step',
          details: { column: name, row: bad.row, value: bad.value },
        },
      );
    }
  }
  const counts = await aggregate(engine, relation, {
    rows: 'count(*)',
    whole: `count(*) FILTER (${isWhole})`,
    bigint: `count(*) FILTER (${isWhole} AND TRY_CAST(trim(${given}) AS BIGINT) IS NOT NULL)`,
    ubigint: `count(*) FILTER (${isWhole} AND TRY_CAST(trim(${given}) AS UBIGINT) IS NOT NULL)`,
  });
  const rows = Number(counts.rows);
  if (Number(counts.bigint) === rows)
    return withColumn(relation, name, { expression: `CAST(trim(${given}) AS BIGINT)`, type: 'BIGINT' });
  if (rows > 0 && Number(counts.ubigint) === rows)
    return withColumn(relation, name, { expression: `CAST(trim(${given}) AS UBIGINT)`, type: 'UBIGINT' });
  const number = onBad === 'coerce' ? `CASE WHEN ${isNumber} THEN ${given} END` : given;
  return withColumn(relation, name, { expression: toDouble(number), type: 'DOUBLE' });
}
