import type { Engine } from '../../engine/engine.ts';
import { isOddNumber } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { promised } from '../../relation/promise.ts';
import {
  aggregate,
  findColumn,
  firstOffender,
  isNumeric,
  isText,
  type Relation,
  whereOf,
  withColumn,
} from '../../relation/relation.ts';
import type { OnBadValue } from '../dates/coerce.ts';
import { toDouble } from '../text-kinds.ts';

const INTEGER = ' *[+-]?[0-9]+ *';
const DECIMAL = ' *[+-]?(([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|(?i:inf|infinity)) *';

/**
 * int64 where every value is a whole number and none is missing, else double. Empty text is missing.
 *
 * @param sample the first rows, where they may tell what all are like
 */
export async function toNumeric(
  engine: Engine,
  relation: Relation,
  name: string,
  onBad: OnBadValue,
  sample?: Relation,
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
  const number = numberIn(expression);
  const isBad = (value: string) => `nullif(${expression}, '') IS NOT NULL AND ${value} IS NULL`;
  if (onBad === 'raise' && !sample) {
    const bad = await firstOffender(engine, relation, expression, isBad(number));
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
  const type = await wholeType(engine, sample ?? relation, name);
  if (type === undefined) {
    const doubles = withColumn(relation, name, { expression: number, type: 'DOUBLE' });
    return onBad === 'raise' && sample ? promised(engine, doubles, name, isBad) : doubles;
  }
  const whole = wholeIn(expression, type);
  const wholes = withColumn(relation, name, { expression: whole, type });
  return sample ? promised(engine, wholes, name, (value) => `${value} IS NULL`) : wholes;
}

/** The type that holds all values of a column of text, if each is a whole number. */
async function wholeType(engine: Engine, relation: Relation, name: string): Promise<'BIGINT' | 'UBIGINT' | undefined> {
  const { expression } = findColumn(relation, name)!;
  // Mostly one of the first values settles it.
  const unlike = { ...relation, where: [...relation.where, `(${wholeIn(expression, 'HUGEINT')}) IS NULL`] };
  if ((await engine.rows(`SELECT 1 FROM ${relation.from}${whereOf(unlike)} LIMIT 1`)).length > 0) return undefined;
  const counts = await aggregate(engine, relation, {
    rows: 'count(*)',
    bigint: `count(${wholeIn(expression, 'BIGINT')})`,
    ubigint: `count(${wholeIn(expression, 'UBIGINT')})`,
  });
  if (counts.bigint === counts.rows) return 'BIGINT';
  return counts.ubigint === counts.rows ? 'UBIGINT' : undefined;
}

/** SQL for a whole number in text, null where there is none or the type does not hold it. */
export function wholeIn(text: string, type: string): string {
  const cast = `TRY_CAST(${text} AS ${type})`;
  // Numbers as DuckDB writes them need no pattern.
  return `CASE WHEN CAST(${cast} AS VARCHAR) = ${text} THEN ${cast} WHEN regexp_full_match(${text}, '${INTEGER}') THEN TRY_CAST(trim(${text}) AS ${type}) END`;
}

/** SQL for a number in text as a double, null where there is none. */
export function numberIn(text: string): string {
  const cast = `TRY_CAST(${text} AS DOUBLE)`;
  // Between these first and last characters DuckDB and pandas take the same for numbers, and need no pattern for it.
  const isPlain = `${text}[1] BETWEEN '+' AND '9' AND ${text}[-1] BETWEEN '.' AND '9' AND NOT ${isOddNumber(text)}`;
  return `CASE WHEN ${isPlain} AND isfinite(${cast}) THEN ${cast} WHEN regexp_full_match(${text}, '${DECIMAL}') THEN ${toDouble(text)} END`;
}
