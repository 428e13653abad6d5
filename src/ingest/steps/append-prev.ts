import { LifecycleError } from '../../errors.ts';
import { textOf } from '../coerce/text.ts';
import {
  columnNames,
  findColumn,
  isInteger,
  isNumeric,
  overTable,
  type Relation,
  type RelationColumn,
  selectOf,
} from '../relation.ts';
import type { ApplyStep } from './step.ts';

/** The previous version's rows, then the current ones; what one of them lacks is null. */
export const apply: ApplyStep = async (relation, args, context) => {
  const previous = await context.previousVersion(String(args.version ?? 'latest'));
  const names = [...columnNames(previous), ...columnNames(relation).filter((name) => !findColumn(previous, name))];
  const columns = names.map((name) => {
    const before = findColumn(previous, name);
    const now = findColumn(relation, name);
    return { name, before, now, type: commonType(name, before, now) };
  });
  const part = (source: Relation, side: 'before' | 'now') =>
    selectOf({
      ...source,
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        expression: asType(column[side], column.type),
      })),
    });
  const table = await context.engine.materialize(`(${part(previous, 'before')}) UNION ALL (${part(relation, 'now')})`);
  // The previous version is read as a plain table, and concatenation keeps the first one's nature.
  return overTable(table, columns);
};

function asType(column: RelationColumn | undefined, type: string): string {
  if (!column) return `NULL::${type}`;
  if (column.type === type) return column.expression;
  if (type === 'BLOB' && column.type === 'GEOMETRY') return `ST_AsWKB(${column.expression})`;
  return type === 'VARCHAR' ? textOf(column) : `CAST(${column.expression} AS ${type})`;
}

/** The type that concatenation gives: a column missing on one side counts as nulls there. */
function commonType(name: string, before: RelationColumn | undefined, now: RelationColumn | undefined): string {
  const present = [before, now].filter((column) => column !== undefined);
  const types = new Set(present.map((column) => (column.type === 'GEOMETRY' ? 'BLOB' : column.type)));
  const [only] = types;
  if (types.size === 1) return present.length === 1 && isInteger(present[0]!) ? 'DOUBLE' : only!;
  if (present.every(isNumeric)) return present.every(isInteger) ? 'BIGINT' : 'DOUBLE';
  // DuckDB reads a column of untyped nulls as INTEGER or "NULL".
  throw new LifecycleError(
    'ING_MIXED_TYPES',
    `column ${JSON.stringify(name)} is ${before?.type} in the previous version and ${now?.type} now`,
    {
      hint: 'coerce it to the same type before append_prev',
    },
  );
}
