import type { Engine } from '../../engine/engine.ts';
import { LifecycleError } from '../../errors.ts';
import {
  columnNames,
  describeNames,
  findColumn,
  isNumeric,
  materialize,
  overTable,
  type Relation,
} from '../relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/**
 * The previous version with the values of the current rows of the same key; rows and order are the previous version's.
 * Current rows with unknown keys are left out.
 */
export const apply: ApplyStep = async (relation, args, context) => {
  const { engine } = context;
  const keys = args.key as string[];
  const previous = await materialize(engine, await context.previousVersion(String(args.version ?? 'latest')));
  const current = await materialize(engine, relation);
  requireColumns(previous, keys);
  requireColumns(current, keys);
  requireSameKeyTypes(previous, current, keys);
  await requireUnique(engine, previous, keys, 'the previous version');
  await requireUnique(engine, current, keys, 'the new rows');

  const insert = args.insert_behavior ?? 'allow';
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
    .map((key) => `p.${findColumn(previous, key)!.expression} = n.${findColumn(current, key)!.expression}`)
    .join(' AND ');
  const missing = args.missing_key_behavior ?? 'error';
  if (missing === 'error') await requireAllMatched(engine, previous, current, onKey, keys);

  const columns = names.map((name) => {
    const before = findColumn(previous, name);
    const now = findColumn(current, name);
    const p = before && `p.${before.expression}`;
    if (!now || keys.includes(name)) return { name, expression: p!, type: before!.type };
    const n = `n.${now.expression}`;
    if (!p) return { name, expression: n, type: now.type };
    const value = missing === 'coalesce' ? `CASE WHEN matched THEN ${n} ELSE ${p} END` : n;
    const castable = before!.type === now.type || (isNumeric(before!) && isNumeric(now));
    return castable
      ? { name, expression: `coalesce(TRY_CAST(${value} AS ${before!.type}), NULL)`, type: before!.type }
      : { name, expression: value, type: now.type };
  });
  const list = columns.map((column, i) => `${column.expression} AS c${i}`);
  const table = await engine.materialize(
    `SELECT ${list.join(', ')} FROM ${previous.from} AS p LEFT JOIN (SELECT *, true AS matched FROM ${current.from}) AS n ON ${onKey} ORDER BY p.rowid`,
  );
  return overTable(table, columns);
};

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
