import type { Engine } from '../../engine/engine.ts';
import { LifecycleError } from '../../errors.ts';
import { textOf } from '../../pandas/coerce/text.ts';
import {
  columnNames,
  describeNames,
  findColumn,
  isNumeric,
  materialize,
  overTable,
  type Relation,
  type RelationColumn,
} from '../../relation/relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/**
 * The previous version with the values of the current rows of the same key; rows and order are the previous version's.
 * Current rows with unknown keys are left out.
 */
export const apply: ApplyStep<'upsert_column_of_previous_version'> = async (relation, args, context) => {
  const { engine } = context;
  const { key: keys, insert_behavior: insert, missing_key_behavior: missing } = args;
  const previous = await materialize(engine, await context.previousVersion(args.version));
  const current = await materialize(engine, relation);
  requireColumns(previous, keys);
  requireColumns(current, keys);
  requireSameKeyTypes(previous, current, keys);
  await requireUnique(engine, previous, keys, 'the previous version');
  await requireUnique(engine, current, keys, 'the new rows');

  const fresh = columnNames(current).filter((name) => !findColumn(previous, name));
  if (insert === 'error' && fresh.length > 0) {
    throw new LifecycleError(
      'ING_BAD_VALUE',
      `the new rows have columns that the previous version lacks: ${describeNames(fresh)}`,
      {
        hint: 'set insert_behavior to allow or ignore',
      },
    );
  }
  const names = [...columnNames(previous), ...(insert === 'allow' ? fresh : [])];
  const onKey = keys
    .map(
      // A key that is missing on both sides is the same key.
      (key) =>
        `p.${findColumn(previous, key)!.expression} IS NOT DISTINCT FROM n.${findColumn(current, key)!.expression}`,
    )
    .join(' AND ');
  if (missing === 'error') await requireAllMatched(engine, previous, current, onKey, keys);

  const joined = `${previous.from} AS p LEFT JOIN (SELECT *, true AS matched FROM ${current.from}) AS n ON ${onKey}`;
  const replaced: Replaced[] = [];
  for (const name of names) {
    const before = findColumn(previous, name);
    const now = findColumn(current, name);
    if (!before || !now || keys.includes(name)) continue;
    const old = missing === 'coalesce' ? `p.${before.expression}` : undefined;
    replaced.push({ column: { ...now, expression: `n.${now.expression}` }, type: before.type, old });
  }
  const results = new Map(
    (await inPreviousTypes(engine, joined, replaced)).map((column): [string, RelationColumn] => [column.name, column]),
  );
  const columns = names.map((name): RelationColumn => {
    const before = findColumn(previous, name);
    if (!before) {
      const fresh = findColumn(current, name)!;
      return { ...fresh, expression: `n.${fresh.expression}` };
    }
    return results.get(name) ?? { ...before, expression: `p.${before.expression}` };
  });
  const list = columns.map((column, i) => `${column.expression} AS c${i}`);
  const table = await engine.materialize(`SELECT ${list.join(', ')} FROM ${joined} ORDER BY p.rowid`);
  return overTable(table, columns);
};

interface Replaced {
  /** New values. */
  column: RelationColumn;
  /** That of the previous ones. */
  type: string;
  /** What stands where no new row has the key; absent: null. */
  old: string | undefined;
}

/**
 * The new values in the types of the previous ones, where every value can be cast to it; else as they are. Whole numbers
 * with gaps become doubles.
 */
async function inPreviousTypes(
  engine: Engine,
  joined: string,
  replaced: readonly Replaced[],
): Promise<RelationColumn[]> {
  const casts = replaced.map(({ column, type, old }) => {
    const cast = castTo(column, type);
    return { cast, result: old ? `CASE WHEN matched THEN ${cast} ELSE ${old} END` : cast };
  });
  const isWhole = ({ type }: Replaced) => /INT/.test(type);
  // One look at the joined rows for all columns, and none for values that stay what they are.
  const asked = replaced.flatMap((each, i) => {
    const { cast, result } = casts[i]!;
    const { expression } = each.column;
    return [
      ...(cast === expression ? [] : [`count(*) FILTER (${expression} IS NOT NULL AND (${cast}) IS NULL) AS odd${i}`]),
      ...(isWhole(each) ? [`count(*) - count(${result}) AS gaps${i}`] : []),
    ];
  });
  const counts = asked.length === 0 ? {} : await engine.row(`SELECT ${asked.join(', ')} FROM ${joined}`);
  return replaced.map((each, i) => {
    const { column, type, old } = each;
    if (Number(counts[`odd${i}`] ?? 0) === 0) {
      const { result } = casts[i]!;
      return isWhole(each) && Number(counts[`gaps${i}`]) > 0
        ? { ...column, expression: `CAST(${result} AS DOUBLE)`, type: 'DOUBLE' }
        : { ...column, expression: result, type };
    }
    if (!old) return column;
    throw new LifecycleError(
      'ING_MIXED_TYPES',
      `column ${JSON.stringify(column.name)} is ${type} in the previous version, and the new values do not fit it`,
      { hint: 'coerce it to the same type in an earlier step' },
    );
  });
}

/** As numpy casts: decimals are cut off, not rounded. */
function castTo(column: RelationColumn, type: string): string {
  if (column.type === type) return column.expression;
  if (type === 'VARCHAR') return textOf(column);
  const isDecimal = column.type === 'DOUBLE' || column.type === 'FLOAT';
  return `TRY_CAST(${/INT/.test(type) && isDecimal ? `trunc(${column.expression})` : column.expression} AS ${type})`;
}

function requireSameKeyTypes(previous: Relation, current: Relation, keys: readonly string[]): void {
  for (const key of keys) {
    const [before, now] = [findColumn(previous, key)!, findColumn(current, key)!];
    if (before.type === now.type || (isNumeric(before) && isNumeric(now))) continue;
    throw new LifecycleError(
      'ING_MIXED_TYPES',
      `key ${JSON.stringify(key)} is ${before.type} in the previous version and ${now.type} now`,
      {
        hint: 'coerce it to the same type in an earlier step',
      },
    );
  }
}

async function requireUnique(
  engine: Engine,
  relation: Relation,
  keys: readonly string[],
  where: string,
): Promise<void> {
  const list = keys.map((key) => findColumn(relation, key)!.expression).join(', ');
  const [twice] = await engine.rows(
    `SELECT ${keys.map((key, i) => `CAST(${findColumn(relation, key)!.expression} AS VARCHAR) AS k${i}`).join(', ')} FROM ${relation.from} GROUP BY ${list} HAVING count(*) > 1 LIMIT 1`,
  );
  if (!twice) return;
  throw new LifecycleError(
    'ING_DUPLICATE_KEY',
    `key ${describeNames(Object.values(twice).map(String))} stands more than once in ${where}`,
    {
      hint: `deduplicate by ${describeNames(keys)} in an earlier step`,
    },
  );
}

async function requireAllMatched(
  engine: Engine,
  previous: Relation,
  current: Relation,
  onKey: string,
  keys: readonly string[],
): Promise<void> {
  const list = keys.map((key, i) => `CAST(p.${findColumn(previous, key)!.expression} AS VARCHAR) AS k${i}`).join(', ');
  const [unmatched] = await engine.rows(
    `SELECT ${list} FROM ${previous.from} AS p WHERE NOT EXISTS (SELECT 1 FROM ${current.from} AS n WHERE ${onKey}) ORDER BY p.rowid LIMIT 1`,
  );
  if (!unmatched) return;
  throw new LifecycleError(
    'ING_MISSING_KEY',
    `the previous version has key ${describeNames(Object.values(unmatched).map(String))}, which the new rows lack`,
    {
      hint: 'set missing_key_behavior to null or coalesce, or complete the new rows',
    },
  );
}
