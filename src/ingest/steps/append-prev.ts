import type { Engine } from '../../engine/engine.ts';
import { LifecycleError } from '../../errors.ts';
import { textOf } from '../../pandas/coerce/text.ts';
import {
  aggregate,
  columnNames,
  countRows,
  findColumn,
  isInteger,
  isNumeric,
  noteRows,
  overTable,
  type Relation,
  type RelationColumn,
  selectOf,
} from '../../relation/relation.ts';
import type { ApplyStep } from './step.ts';

/** The previous version's rows, then the current ones; what one of them lacks is null. */
export const apply: ApplyStep<'append_prev'> = async (relation, args, context) => {
  const previous = await context.previousVersion(args.version);
  const names = [...columnNames(previous), ...columnNames(relation).filter((name) => !findColumn(previous, name))];
  const columns = await Promise.all(
    names.map(async (name) => {
      const before = findColumn(previous, name);
      const now = findColumn(relation, name);
      const type = sharedType(before, now) ?? (await typeOfValues(context.engine, name, previous, relation));
      return { name, before, now, type };
    }),
  );
  const part = (source: Relation, side: 'before' | 'now') =>
    selectOf({
      ...source,
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        expression: asType(column[side], column.type),
      })),
    });
  const table = context.engine.defer(`(${part(previous, 'before')}) UNION ALL (${part(relation, 'now')})`);
  noteRows(context.engine, relation, table, await countRows(context.engine, previous));
  // The previous version is read as a plain table, and concatenation keeps the first one's nature.
  return overTable(table, columns);
};

function asType(column: RelationColumn | undefined, type: string): string {
  if (!column) return `NULL::${type}`;
  if (column.type === type) return column.expression;
  if (type === 'BLOB' && column.type === 'GEOMETRY') return `ST_AsWKB(${column.expression})`;
  return type === 'VARCHAR' ? textOf(column) : `CAST(${column.expression} AS ${type})`;
}

/** The type that concatenation gives, as far as the types tell: a column missing on one side counts as nulls there. */
function sharedType(before: RelationColumn | undefined, now: RelationColumn | undefined): string | undefined {
  const present = [before, now].filter((column) => column !== undefined);
  const types = new Set(present.map((column) => (column.type === 'GEOMETRY' ? 'BLOB' : column.type)));
  const [only] = types;
  if (types.size === 1) return present.length === 1 && isInteger(present[0]!) ? 'DOUBLE' : only!;
  if (present.every(isNumeric)) return present.every(isInteger) ? 'BIGINT' : 'DOUBLE';
  return present.every((column) => isInteger(column) || column.type === 'BOOLEAN') ? 'BIGINT' : undefined;
}

/** A side that holds nothing but nulls has no say in the type. @throws LifecycleError ING_MIXED_TYPES */
async function typeOfValues(engine: Engine, name: string, previous: Relation, relation: Relation): Promise<string> {
  const sides = [previous, relation].map((side) => ({ side, column: findColumn(side, name)! }));
  const counted = sides.map(async ({ side, column }) => {
    const { rows, values } = await aggregate(engine, side, { rows: 'count(*)', values: `count(${column.expression})` });
    return { column, rows: Number(rows), values: Number(values) };
  });
  const [before, now] = await Promise.all(counted);
  const [kept, other] = now!.values === 0 ? [before!, now!] : [now!, before!];
  if (other.values === 0) {
    const type = kept.column.type === 'GEOMETRY' ? 'BLOB' : kept.column.type;
    return isInteger(kept.column) && other.rows > 0 ? 'DOUBLE' : type;
  }
  throw new LifecycleError(
    'ING_MIXED_TYPES',
    `column ${JSON.stringify(name)} is ${before!.column.type} in the previous version and ${now!.column.type} now`,
    { hint: 'coerce it to the same type before append_prev' },
  );
}
