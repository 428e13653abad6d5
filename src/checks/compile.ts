import { counted } from '../counts.ts';
import type { WantedCheck } from '../project/dataset-checks.ts';
import { rowExpression } from './expression.ts';
import { repeated, withoutReference } from './keys.ts';
import { isOneOf } from './literals.ts';
import { type Compiled, cannot, columnFor, type LookedAt, type LookedAtColumn } from './looked-at.ts';
import { rowCondition, shownValue, valuesIn } from './row-conditions.ts';

const DAY_MS = 86_400_000;

/** How a check is carried out on a file. One that cannot be is a fault as any other: nobody knows whether it would pass. */
export async function compile(wanted: WantedCheck, at: LookedAt): Promise<Compiled> {
  const { name, args, column: named } = wanted;
  switch (name) {
    case 'sql':
      return rowExpression(at.engine, String(args.expression), wanted.ignoreNulls);
    case 'row_count':
      return rowCount(args);
    case 'columns':
      return undeclared(String(args.undeclared), at);
    case 'unique':
      return uniqueOver(args.columns as string[], at, 'equal');
  }
  const column = columnFor(wanted, at);
  if (!column && named !== null && at.optional.includes(named)) return { by: 'nothing', fault: undefined };
  if (!column) return cannot(named === null ? 'there is no geometry' : `there is no column ${named}`);
  switch (name) {
    case 'is_primary_key':
      return uniqueOver(at.key, at, 'refused');
    case 'non_nullable':
      return { by: 'rows', fails: `NOT ${column.present}`, shows: 'NULL', says: 'null' };
    case 'null_share':
      return nullShare(column, Number(args.max_share));
    case 'unique_values_eq':
      return sameValues(column, args.values);
    case 'freshness':
      return freshness(column, Number(args.max_age_days), at.now);
    case 'references': {
      const other = {
        dataset: String(args.dataset),
        column: typeof args.column === 'string' ? args.column : column.name,
      };
      return { by: 'itself', look: (cases) => withoutReference(at, column, other, cases) };
    }
  }
  return rowCondition(wanted, column) ?? { by: 'nothing', fault: undefined };
}

function rowCount({ min_value: least, max_value: most }: Record<string, unknown>): Compiled {
  const judge = (_: readonly unknown[], rows: number) => {
    if (typeof least === 'number' && rows < least)
      return { says: `${counted(rows)} rows are less than ${counted(least)}` };
    if (typeof most === 'number' && rows > most)
      return { says: `${counted(rows)} rows are more than ${counted(most)}` };
    return undefined;
  };
  return { by: 'all', also: { aggregates: [], judge } };
}

function undeclared(policy: string, { columns, declared }: LookedAt): Compiled {
  const others = columns.map(({ name }) => name).filter((name) => !declared.includes(name));
  if (policy === 'evolve' || others.length === 0) return { by: 'nothing', fault: undefined };
  return { by: 'nothing', fault: `columns that the template does not declare: ${others.join(', ')}` };
}

function uniqueOver(names: readonly string[], at: LookedAt, nulls: 'equal' | 'refused'): Compiled {
  const columns = names.map((name) => at.columns.find((column) => column.name === name));
  const missing = names.filter((_, i) => columns[i] === undefined);
  if (missing.length > 0) return cannot(`there is no column ${missing.join(', ')}`);
  return { by: 'itself', look: (cases) => repeated(at, columns as LookedAtColumn[], nulls, cases) };
}

function nullShare({ present }: LookedAtColumn, most: number): Compiled {
  const judge = ([nulls]: readonly unknown[], rows: number) => {
    const failing = Number(nulls);
    const share = rows === 0 ? 0 : (failing / rows) * 100;
    if (share <= most) return undefined;
    return { says: `${Number(share.toPrecision(4))}% of the values are null, more than ${most}%`, failing };
  };
  return { by: 'all', also: { aggregates: [`count(*) FILTER (NOT ${present})`], judge } };
}

function sameValues(column: LookedAtColumn, given: unknown): Compiled {
  const values = valuesIn(given);
  const judge = (counts: readonly unknown[]) => {
    const missing = values.filter((_, i) => Number(counts[i]) === 0);
    return missing.length === 0
      ? undefined
      : { says: `nowhere ${missing.map((each) => JSON.stringify(each)).join(', ')}` };
  };
  const aggregates = values.map((each) => `count(*) FILTER (${isOneOf(column, [each])})`);
  return {
    by: 'rows',
    fails: `(${column.present} AND NOT (${isOneOf(column, values)}))`,
    shows: shownValue(column),
    says: 'none of the values that there are to be',
    also: { aggregates, judge },
  };
}

function freshness(column: LookedAtColumn, most: number, now: string): Compiled {
  const { kind, sql, type } = column;
  if (kind !== 'moment' && kind !== 'text') return cannot(`${column.name} is ${type}, neither a day nor a time`);
  const moment = type.includes('TIME ZONE') ? sql : `${kind === 'text' ? 'TRY_CAST' : 'CAST'}(${sql} AS TIMESTAMP)`;
  const judge = ([newest]: readonly unknown[]) => {
    if (newest === null || newest === undefined) return { says: 'there is no day or time at all' };
    const days = (Date.parse(now) - Number(newest)) / DAY_MS;
    if (days <= most) return undefined;
    const when = new Date(Number(newest)).toISOString().replace(/T00:00:00\.000Z$/, '');
    return { says: `the newest is of ${when}, ${Math.floor(days)} days before this version, more than ${most}` };
  };
  return {
    by: 'all',
    also: { aggregates: [`max(CASE WHEN isfinite(${moment}) THEN epoch_ms(${moment}) END)`], judge },
  };
}
