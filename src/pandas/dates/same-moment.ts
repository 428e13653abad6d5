import { literal } from '../../engine/sql.ts';
import { hasZone, type RelationColumn, withoutZone } from '../../relation/relation.ts';
import { parseLeniently } from './lenient.ts';

/** Whether a column holds moments, which pandas compares with the date in a text. */
export function isMoment({ type }: RelationColumn): boolean {
  return type.startsWith('TIMESTAMP');
}

/**
 * SQL for whether a moment is that of a text. A text without an offset is in UTC where the column has a zone; one with an
 * offset is never equal to a moment without a zone, nor is a text that is no date to any.
 */
export function isSameMoment(column: RelationColumn, text: string): string {
  const moment = parseLeniently(text);
  if (!moment || (moment.offset !== '' && !hasZone(column))) return 'false';
  const wanted =
    moment.offset === ''
      ? `${literal(moment.clock)}::TIMESTAMP`
      : `timezone('UTC', ${literal(moment.clock + moment.offset)}::TIMESTAMPTZ)`;
  return `coalesce(${withoutZone(column)} = ${wanted}, false)`;
}
