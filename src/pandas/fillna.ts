import { literal, literalOf } from '../engine/sql.ts';
import { isInteger, type RelationColumn } from '../relation/relation.ts';

/**
 * SQL for a column with a value in place of its nulls. A column of whole numbers keeps its type: a decimal is refused
 * where it would have to stand in it.
 */
export function filled(column: RelationColumn, value: unknown): string {
  const { expression, type } = column;
  const fill = literalOf(value);
  if (!isInteger(column) || typeof value !== 'number') return `coalesce(${expression}, ${fill})`;
  if (Number.isInteger(value)) return `coalesce(${expression}, CAST(${fill} AS ${type}))`;
  const what = `fillna: column ${column.name} holds ${type}, ${value} does not fit`;
  return `CASE WHEN ${expression} IS NULL THEN error(${literal(what)}) ELSE ${expression} END`;
}
