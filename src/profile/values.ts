import type { ColumnInfo, Engine } from '../engine/engine.ts';
import type { ColumnProfile, FrequentValue, TextFacts } from './document.ts';
import { binsFor } from './histogram.ts';
import { counted, KEPT, kindOf, measured } from './kinds.ts';
import type { Overview } from './overview.ts';

/** Frequent values that are kept. */
const FREQUENT = 10;
/** With more different values than these, their number is estimated, and frequent ones are found by a sketch. */
export const MOST_COUNTED = 2_000_000;

const BLANKS = "'^[\\s\\p{Z}]|[\\s\\p{Z}]$'";
const NUMBER = "'[-+]?(\\d+\\.?\\d*|\\.\\d+|\\d{1,3}(,\\d{3})+(\\.\\d*)?)([eE][-+]?\\d+)?'";
const LEADING_ZERO = "'0\\d+'";
const DATE = "'\\d{4}[-/]\\d{1,2}[-/]\\d{1,2}([T ].*)?|\\d{1,2}[-/]\\d{1,2}[-/]\\d{4}( .*)?'";

type Values = Pick<ColumnProfile, 'distinct' | 'min' | 'max' | 'frequent' | 'histogram' | 'text'>;

/** Counts the values of one column: a table of each different value and its number is what everything is read from. */
export async function valuesOf(
  engine: Engine,
  relation: string,
  column: ColumnInfo,
  overview: Overview,
): Promise<Values> {
  if (overview.present === 0)
    return {
      distinct: { count: 0, approximate: false },
      min: null,
      max: null,
      frequent: [],
      histogram: null,
      text: null,
    };
  const isCounted = overview.distinct === undefined || overview.distinct <= MOST_COUNTED;
  const value = counted(column);
  const isText = kindOf(column.type) === 'text';
  const number = measured(column, 'v');
  const bins = number && overview.range ? binsFor(column, overview.range) : undefined;
  const from = `FROM ${relation} WHERE ${value} IS NOT NULL`;
  const frequent = isCounted ? 'SELECT v, n FROM g' : frequentBySketch(value, relation);
  const kept = (sql: string) => `left(CAST(${sql} AS VARCHAR), ${KEPT})`;
  const row = await engine.row(
    `WITH g AS ${isCounted ? `MATERIALIZED (SELECT ${value} AS v, count(*) AS n ${from} GROUP BY 1)` : `NOT MATERIALIZED (SELECT ${value} AS v, 1 AS n ${from})`}
     SELECT count(*) AS distinct_values, ${kept('min(v)')} AS lowest, ${kept('max(v)')} AS highest,
       (SELECT list({v: ${kept('v')}, n: n, cut: length(CAST(v AS VARCHAR)) > ${KEPT}} ORDER BY n DESC, v)
        FROM (SELECT * FROM (${frequent}) ORDER BY n DESC, v LIMIT ${FREQUENT})) AS frequent,
       ${bins ? `(SELECT map_from_entries(list((b, n))) FROM (SELECT ${bins.indexOf(number!)} AS b, sum(n) AS n FROM g GROUP BY 1) WHERE b IS NOT NULL)` : 'NULL'} AS histogram
       ${isText ? TEXT_FACTS : ''}
     FROM g`,
  );
  const distinct = isCounted
    ? { count: Number(row.distinct_values), approximate: false }
    : { count: overview.distinct!, approximate: true };
  return {
    distinct,
    min: row.lowest as string | null,
    max: row.highest as string | null,
    frequent: frequentFrom(row.frequent, distinct.count),
    histogram: bins ? bins.read(row.histogram) : null,
    text: isText ? textFrom(row) : null,
  };
}

/** Candidates from a sketch, then counted. */
function frequentBySketch(value: string, relation: string): string {
  return `SELECT ${value} AS v, count(*) AS n FROM ${relation} WHERE ${value} IN
    (SELECT unnest(approx_top_k(${value}, ${FREQUENT * 2})) FROM ${relation}) GROUP BY 1`;
}

const rowsWhere = (condition: string) => `coalesce(sum(n) FILTER (${condition}), 0)`;
const TEXT_FACTS = `, min(length(v)) AS shortest, max(length(v)) AS longest, ${rowsWhere("v = ''")} AS empty,
  ${rowsWhere(`regexp_matches(v, ${BLANKS})`)} AS blanks_around,
  ${rowsWhere(`regexp_full_match(v, ${NUMBER})`)} AS numbers,
  ${rowsWhere(`regexp_full_match(v, ${LEADING_ZERO})`)} AS leading_zeros,
  ${rowsWhere(`regexp_full_match(v, ${DATE})`)} AS dates`;

function textFrom(row: Record<string, unknown>): TextFacts {
  const names = ['shortest', 'longest', 'empty', 'blanks_around', 'numbers', 'leading_zeros', 'dates'] as const;
  return Object.fromEntries(names.map((name) => [name, Number(row[name])])) as unknown as TextFacts;
}

function frequentFrom(found: unknown, distinct: number): FrequentValue[] {
  return ((found ?? []) as { v: string; n: string; cut: boolean }[])
    .map(({ v, n, cut }) => ({ value: v, count: Number(n), ...(cut ? { cut: true as const } : {}) }))
    .filter(({ count }) => count > 1 || distinct <= FREQUENT);
}
