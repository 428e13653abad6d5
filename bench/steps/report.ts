import { median } from '../measure.ts';
import { type Case, isGeographic } from './case.ts';
import { TINY, TINY_GEOGRAPHIC } from './cases/start.ts';
import type { Contender } from './contenders.ts';
import { least, type Results } from './results.ts';

const REFERENCES = ['python', 'department'] as const;
type Reference = (typeof REFERENCES)[number];
/** Below this many seconds net of the start there is nothing to compare with. */
const SHORTEST = 0.05;
/** The share of the reference's work that is aimed at, in the median. */
const AIM = 0.3;

interface Beside {
  seconds: number;
  megabytes: number;
  /** How many times less CPU ours takes. */
  times: number;
  /** Ours ÷ reference, both without their start: above 1 the work itself is slower here. */
  net: number;
  /** The same of DuckDB alone: what is left to win. */
  floorNet: number | undefined;
}

interface Row {
  name: string;
  seconds: number;
  megabytes: number;
  floor: number | undefined;
  beside: Partial<Record<Reference, Beside>>;
}

/** Worst first: by the work itself, beside the department's engine where it has run. */
export function rowsOf(cases: readonly Case[], results: Results): Row[] {
  const rows = cases.flatMap((of): Row[] => {
    const here = results.cases[of.name];
    const start = results.cases[isGeographic(of) ? TINY_GEOGRAPHIC : TINY];
    const seconds = least(here, 'ours', 'cpu');
    const startSeconds = least(start, 'ours', 'cpu');
    if (seconds === undefined || startSeconds === undefined || of.name === TINY || of.name === TINY_GEOGRAPHIC)
      return [];
    const floor = least(here, 'floor', 'cpu');
    const startFloor = least(start, 'floor', 'cpu');
    const beside: Row['beside'] = {};
    for (const by of REFERENCES) {
      const there = least(here, by, 'cpu');
      const startThere = least(start, by, 'cpu');
      if (there === undefined || startThere === undefined) continue;
      const work = Math.max(SHORTEST, there - startThere);
      beside[by] = {
        seconds: there,
        megabytes: least(here, by, 'peak_mb')!,
        times: there / seconds,
        net: Math.max(0, seconds - startSeconds) / work,
        floorNet: floor === undefined || startFloor === undefined ? undefined : Math.max(0, floor - startFloor) / work,
      };
    }
    return [{ name: of.name, seconds, megabytes: least(here, 'ours', 'peak_mb')!, floor, beside }];
  });
  const badness = ({ beside }: Row) => (beside.department ?? beside.python)?.net ?? 0;
  return rows.sort((a, b) => badness(b) - badness(a));
}

const fixed = (number: number | undefined, digits: number) => (number === undefined ? '' : number.toFixed(digits));

export const HEADINGS = [
  ...['case', 'ours s', 'python s', '×', 'net', 'department s', '×', 'net', 'DuckDB s'],
  ...['ours MB', 'python MB', 'department MB'],
];

export const cellsOf = ({ name, seconds, megabytes, floor, beside }: Row): string[] => [
  name,
  fixed(seconds, 2),
  ...REFERENCES.flatMap((by) => [
    fixed(beside[by]?.seconds, 2),
    fixed(beside[by]?.times, 1),
    fixed(beside[by]?.net, 2),
  ]),
  fixed(floor, 2),
  fixed(megabytes, 0),
  ...REFERENCES.map((by) => fixed(beside[by]?.megabytes, 0)),
];

/** A line for each of those that ours is compared with. */
export function summaryOf(rows: readonly Row[], results: Results): string[] {
  const lines = REFERENCES.flatMap((by) => {
    const compared = rows.flatMap((row) => (row.beside[by] ? [{ ...row, to: row.beside[by] }] : []));
    if (compared.length === 0) return [];
    const count = (is: (row: (typeof compared)[number]) => boolean) => compared.filter(is).length;
    const times = median(compared.map(({ to }) => to.times));
    const net = median(compared.map(({ to }) => to.net));
    const floors = compared.flatMap(({ to }) => to.floorNet ?? []);
    return [
      `beside ${by}, ${compared.length} cases: ${times.toFixed(1)}× in the median, below 3×: ${count(({ to }) => to.times < 3)}; ` +
        `net ${net.toFixed(2)} in the median, above 1: ${count(({ to }) => to.net > 1)}; ` +
        `more memory: ${count(({ megabytes, to }) => megabytes > to.megabytes)}`,
      ...(floors.length === 0
        ? []
        : [
            `DuckDB alone beside ${by}, ${floors.length} cases: net ${median(floors).toFixed(2)} in the median, above ${AIM}: ${floors.filter((net) => net > AIM).length}`,
          ]),
    ];
  });
  const startOf = (by: Contender) =>
    [TINY, TINY_GEOGRAPHIC].map((name) => fixed(least(results.cases[name], by, 'cpu'), 2)).join(' / ');
  const starts = (['ours', ...REFERENCES, 'floor'] as const).map((by) => `${by} ${startOf(by)} s`);
  return [...lines, `start, without and with geometry: ${starts.join(', ')}`];
}

/** For bench/README.md. */
export function markdownOf(rows: readonly Row[], results: Results): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    ...summaryOf(rows, results).map((text) => `- ${text}`),
    '',
    line(HEADINGS),
    `|---|${'---:|'.repeat(HEADINGS.length - 1)}`,
    ...rows.map((row) => line(cellsOf(row))),
  ].join('\n');
}
