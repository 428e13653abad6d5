import type { Engine } from '../engine/engine.ts';
import { isOddNumber } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { promised } from '../relation/promise.ts';
import { firstOffender, isText, type Relation, type RelationColumn, withColumn } from '../relation/relation.ts';

/** The words of a `dtype` that mean text as it is written. */
export function isTextType(word: string): boolean {
  return ['str', 'string', 'object', 'O', 'category'].includes(word);
}

/** numpy's and pandas' names for types that a column may be read as. Capital letters mean: nulls are allowed. */
const TYPES: Record<string, { type: string; nullable: boolean }> = {
  int: { type: 'BIGINT', nullable: false },
  int64: { type: 'BIGINT', nullable: false },
  Int64: { type: 'BIGINT', nullable: true },
  int32: { type: 'INTEGER', nullable: false },
  Int32: { type: 'INTEGER', nullable: true },
  int16: { type: 'SMALLINT', nullable: false },
  Int16: { type: 'SMALLINT', nullable: true },
  int8: { type: 'TINYINT', nullable: false },
  Int8: { type: 'TINYINT', nullable: true },
  uint64: { type: 'UBIGINT', nullable: false },
  UInt64: { type: 'UBIGINT', nullable: true },
  uint32: { type: 'UINTEGER', nullable: false },
  UInt32: { type: 'UINTEGER', nullable: true },
  uint16: { type: 'USMALLINT', nullable: false },
  UInt16: { type: 'USMALLINT', nullable: true },
  uint8: { type: 'UTINYINT', nullable: false },
  UInt8: { type: 'UTINYINT', nullable: true },
  float: { type: 'DOUBLE', nullable: true },
  double: { type: 'DOUBLE', nullable: true },
  float64: { type: 'DOUBLE', nullable: true },
  Float64: { type: 'DOUBLE', nullable: true },
  float32: { type: 'FLOAT', nullable: true },
  Float32: { type: 'FLOAT', nullable: true },
  bool: { type: 'BOOLEAN', nullable: false },
  boolean: { type: 'BOOLEAN', nullable: true },
};

/** Where a person finds a row, counted from 1 without the header, in the file. */
export type PlaceOf = (row: number) => string | Promise<string>;
const rowOfData: PlaceOf = (row) => `row ${row}`;

/**
 * Reads a text column as the type that `dtype` names.
 *
 * @param sample the first rows, where they may tell what all are like
 * @throws LifecycleError ING_BAD_OPTION for an unknown word, ING_BAD_VALUE for a value that does not fit
 */
export async function castColumn(
  engine: Engine,
  relation: Relation,
  column: RelationColumn,
  word: string,
  placeOf: PlaceOf = rowOfData,
  sample?: Relation,
): Promise<Relation> {
  const target = TYPES[word];
  if (!target) {
    throw new LifecycleError(
      'ING_BAD_OPTION',
      `dtype ${JSON.stringify(word)} of column ${JSON.stringify(column.name)} is not known`,
      {
        hint: `use one of str, ${Object.keys(TYPES).join(', ')}`,
      },
    );
  }
  const source = column.expression;
  let bad: Awaited<ReturnType<typeof firstOffender>>;
  for (const cast of castExpressions(column, target)) {
    const isBad = (value: string) => `${target.nullable ? `${source} IS NOT NULL AND ` : ''}(${value}) IS NULL`;
    const offender = await firstOffender(engine, sample ?? relation, source, isBad(cast));
    bad ??= offender;
    if (offender) continue;
    const made = withColumn(relation, column.name, { expression: cast, type: target.type });
    return sample ? promised(engine, made, column.name, isBad) : made;
  }
  const held = bad!.value === 'null' ? 'no value' : JSON.stringify(bad!.value);
  throw new LifecycleError(
    'ING_BAD_VALUE',
    `column ${JSON.stringify(column.name)} cannot be read as ${word}: ${await placeOf(bad!.row)} holds ${held}`,
    { hint: 'read the column as str, or, for missing values, with a nullable type such as Int64' },
  );
}

/** Ways to read a column as a type, the usual one first; all values of it must be written in the same way. */
function castExpressions(column: RelationColumn, { type, nullable }: { type: string; nullable: boolean }): string[] {
  const text = column.expression;
  if (!isText(column)) {
    const isDecimal = column.type === 'DOUBLE' || column.type === 'FLOAT';
    if (!isDecimal || !/INT/.test(type)) return [`TRY_CAST(${text} AS ${type})`];
    // numpy cuts decimals off; pandas' own kinds, which may be missing, take whole numbers only.
    const cut = `TRY_CAST(trunc(${text}) AS ${type})`;
    return [nullable ? `CASE WHEN ${text} = trunc(${text}) THEN ${cut} END` : cut];
  }
  if (type === 'BOOLEAN') {
    return [
      `CASE lower(${text}) WHEN 'true' THEN true WHEN 'false' THEN false WHEN '1' THEN true WHEN '0' THEN false END`,
    ];
  }
  const truth = `CASE lower(${text}) WHEN 'true' THEN 1::${type} WHEN 'false' THEN 0::${type} END`;
  if (type === 'DOUBLE' || type === 'FLOAT') {
    const double = `TRY_CAST(${text} AS DOUBLE)`;
    const infinite = `CASE WHEN regexp_full_match(${text}, ' *[+]?[0-9.]+[eE][+]?[0-9]+ *') THEN 'inf'::DOUBLE END`;
    const value = `CASE WHEN NOT ${isOddNumber(text)} THEN coalesce(${double}, ${infinite}) END`;
    const single = `(CASE WHEN abs(${value}) > 3.4028235677973366e38 THEN 'inf'::FLOAT * sign(${value}) ELSE TRY_CAST(${value} AS FLOAT) END)`;
    return [type === 'FLOAT' ? single : value, truth];
  }
  const decimal = `TRY_CAST(${text} AS DOUBLE)`;
  return [
    `CASE WHEN regexp_full_match(${text}, ' *[+-]?[0-9]+ *') THEN TRY_CAST(${text} AS ${type}) END`,
    `CASE WHEN NOT ${isOddNumber(text)} AND ${decimal} = trunc(${decimal}) THEN TRY_CAST(${decimal} AS ${type}) END`,
    ...(nullable ? [] : [truth]),
  ];
}
