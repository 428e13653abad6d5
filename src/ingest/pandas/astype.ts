import type { Engine } from '../../engine/engine.ts';
import { coerceColumn } from '../coerce/coerce.ts';
import { castColumn, isTextType } from '../dtype.ts';
import { findColumn, type Relation } from '../relation.ts';

/** `astype` of one column. @throws LifecycleError ING_BAD_VALUE */
export async function castTo(engine: Engine, relation: Relation, name: string, word: string): Promise<Relation> {
  if (isTextType(word)) return coerceColumn(engine, relation, name, 'string', 'raise');
  if (word.startsWith('datetime64')) return coerceColumn(engine, relation, name, 'datetime', 'raise');
  return castColumn(engine, relation, findColumn(relation, name)!, word);
}
