import type { Engine } from '../engine/engine.ts';
import { findColumn, type Relation, withColumn } from '../relation/relation.ts';
import { coerceColumn } from './coerce/coerce.ts';
import { castColumn, isTextType } from './dtype.ts';

/** `astype` of one column. @throws LifecycleError ING_BAD_VALUE */
export async function castTo(engine: Engine, relation: Relation, name: string, word: string): Promise<Relation> {
  const column = findColumn(relation, name)!;
  // Python's objects stay what they are.
  if (word === 'object' || word === 'O') return relation;
  if (isTextType(word)) {
    if (column.type !== 'DOUBLE' && column.type !== 'FLOAT')
      return coerceColumn(engine, relation, name, 'string', 'raise');
    // Unlike coerce_column_types, which takes the decimals off whole numbers.
    return withColumn(relation, name, { expression: `CAST(${column.expression} AS VARCHAR)`, type: 'VARCHAR' });
  }
  if (word.startsWith('datetime64')) return coerceColumn(engine, relation, name, 'datetime', 'raise');
  return castColumn(engine, relation, column, word);
}
