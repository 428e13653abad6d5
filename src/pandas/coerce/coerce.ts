import type { Engine } from '../../engine/engine.ts';
import { bound, findColumn, type Relation, whereOf, withColumn, withoutZone } from '../../relation/relation.ts';
import { type OnBadValue, toTimestamps } from '../dates/coerce.ts';
import { toInteger } from './integer.ts';
import { toNumeric } from './numeric.ts';
import { textOf } from './text.ts';

export type ColumnTarget = 'numeric' | 'integer' | 'bigint' | 'string' | 'date' | 'datetime';

/**
 * Gives one column another type, by the rules of docs/specification/ingest.md#coercing-types.
 *
 * @param sample the column's first rows, where they may tell what all are like (`src/relation/assumption.ts`)
 * @throws LifecycleError ING_BAD_VALUE with the value and its row
 */
export async function coerceColumn(
  engine: Engine,
  rows: Relation,
  name: string,
  target: ColumnTarget,
  onBad: OnBadValue,
  sample?: Relation,
): Promise<Relation> {
  const relation = bound(engine, rows, name);
  switch (target) {
    case 'numeric':
      return toNumeric(engine, relation, name, onBad, sample);
    case 'integer':
      return toInteger(engine, relation, name, 'INTEGER', sample);
    case 'bigint':
      return toInteger(engine, relation, name, 'BIGINT', sample);
    case 'string':
      return withColumn(relation, name, { expression: textOf(findColumn(relation, name)!), type: 'VARCHAR' });
    case 'datetime':
      return toTimestamps(engine, relation, name, onBad, 'instant', sample);
    case 'date':
      return toDate(engine, relation, name, onBad, sample);
  }
}

async function toDate(
  engine: Engine,
  relation: Relation,
  name: string,
  onBad: OnBadValue,
  sample: Relation | undefined,
): Promise<Relation> {
  if (findColumn(relation, name)!.type === 'DATE') return relation;
  const moments = await toTimestamps(engine, relation, name, onBad, 'local', sample);
  const moment = findColumn(moments, name)!;
  // A column without any date stays a column of timestamps.
  const some = whereOf({ ...moments, where: [...moments.where, `${moment.expression} IS NOT NULL`] });
  if ((await engine.rows(`SELECT 1 FROM ${moments.from}${some} LIMIT 1`)).length === 0)
    return withColumn(moments, name, { expression: 'NULL::TIMESTAMP', type: 'TIMESTAMP' });
  const utc = withoutZone(moment);
  // A cast of nanoseconds before 1970 goes up to the next day instead of down.
  const day = moment.type.startsWith('TIMESTAMP_NS')
    ? `(DATE '1970-01-01' + CAST(floor(epoch_ns(${utc})::HUGEINT / 86400000000000.0::DOUBLE) AS INTEGER))`
    : `CAST(${utc} AS DATE)`;
  return withColumn(moments, name, { expression: day, type: 'DATE' });
}
