import type { ColumnInfo, Engine, Row } from '../engine/engine.ts';
import { identifier } from '../engine/sql.ts';
import type { Quantiles } from './document.ts';
import { kindOf, measured } from './kinds.ts';

/** What one look at all rows tells of a column, before its values are counted. */
export interface Overview {
  present: number;
  /** Asked only for large tables. */
  distinct: number | undefined;
  mean: number | null;
  quantiles: Quantiles | null;
  /** Smallest and largest as numbers, the infinite left out: where a histogram lies. */
  range: [number, number] | null;
}

/** Up to so many rows quantiles are exact. */
const FEW_ROWS = 100_000;
const SHARES = { p05: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95 } as const;

/** @param isLarge whether numbers of different values are to be estimated */
export async function overviewOf(
  engine: Engine,
  relation: string,
  columns: readonly ColumnInfo[],
  rows: number,
  isLarge: boolean,
): Promise<Overview[]> {
  const select = columns.flatMap((column, i) =>
    measuresOf(column, rows, isLarge).map((sql, j) => `${sql} AS c${i}_${j}`),
  );
  const row = await engine.row(`SELECT ${select.join(', ')} FROM ${relation}`);
  return columns.map((_, i) => read(row, i, rows));
}

function measuresOf(column: ColumnInfo, rows: number, isLarge: boolean): string[] {
  const value = identifier(column.name);
  const kind = kindOf(column.type);
  const number = measured(column, value);
  const none = 'NULL';
  const finite = /^(FLOAT|DOUBLE)$/.test(column.type) ? ` FILTER (isfinite(${value}))` : '';
  const quantile = rows > FEW_ROWS ? 'approx_quantile' : 'quantile_disc';
  const hasOrder = kind === 'number' || kind === 'moment';
  return [
    `count(${value})`,
    isLarge && kind !== 'geometry' ? `approx_count_distinct(${value})` : none,
    kind === 'number' ? `avg(CAST(${value} AS DOUBLE))${finite}` : none,
    hasOrder ? `CAST(${quantile}(${value}, [${Object.values(SHARES).join(', ')}])${finite} AS VARCHAR[])` : none,
    number ? `min(${number})${finite}` : none,
    number ? `max(${number})${finite}` : none,
  ];
}

function read(row: Row, i: number, rows: number): Overview {
  const [present, distinct, mean, quantiles, low, high] = [0, 1, 2, 3, 4, 5].map((j) => row[`c${i}_${j}`]);
  const values = quantiles as string[] | null;
  const names = Object.keys(SHARES) as (keyof typeof SHARES)[];
  return {
    present: Number(present),
    distinct: distinct === null ? undefined : Number(distinct),
    mean: finiteOrNull(mean),
    quantiles: values && {
      approximate: rows > FEW_ROWS,
      ...(Object.fromEntries(names.map((name, at) => [name, String(values[at])])) as Omit<Quantiles, 'approximate'>),
    },
    range: finiteOrNull(low) === null || finiteOrNull(high) === null ? null : [Number(low), Number(high)],
  };
}

function finiteOrNull(value: unknown): number | null {
  return value === null || !Number.isFinite(Number(value)) ? null : Number(value);
}
