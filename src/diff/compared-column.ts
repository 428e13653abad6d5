import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { type SideColumn, UNTYPED } from './side.ts';
import { type ColumnTolerance, NOISE, type Tolerances } from './tolerance.ts';

/** A column that both tables have, and how its values are held against each other. */
export interface ComparedColumn {
  /** As the later table has it. */
  name: string;
  before: SideColumn;
  now: SideColumn;
  kind: Kind;
  /** SQL of a value in a form that is the same in both tables, by the table's alias: equal forms are equal values. */
  form: { before: (table: string) => string; now: (table: string) => string };
  /** Of two forms that are not equal: SQL that is true where the values differ all the same. Absent: they do. */
  differs?: (before: string, now: string) => string;
  /** SQL of a form's neighbourhood: values that are the same within the tolerance nearly always share one. */
  neighbourhood?: (form: string, pass: Pass) => string;
  /** For shapes: SQL of how far two forms are apart; null where they are the same. */
  distance?: (before: string, now: string) => string;
}

export type Kind = 'number' | 'text' | 'time' | 'shape' | 'other';
/** Neighbourhoods are cut twice, at other places, so that two near values share one in one of the passes. */
export type Pass = 0 | 1;

const FLOATS = new Set(['FLOAT', 'DOUBLE']);
const WHOLE = /^(?:U?(?:TINY|SMALL|BIG)INT|U?INTEGER)$/;
const HUGE = /^U?HUGEINT$/;
const DECIMAL = /^DECIMAL\(\d+,(\d+)\)$/;
const TIMES = /^(?:DATE|TIMESTAMP.*)$/;
/** How many times a tolerance a neighbourhood is wide. */
const WIDTH = 1000;

export interface ShapeOptions {
  tolerance: number;
  /** SQL that puts an earlier geometry into the later table's system, by the SQL of the geometry. */
  transform: ((geometry: string) => string) | undefined;
}

export function comparedColumn(
  before: SideColumn,
  now: SideColumn,
  tolerances: Tolerances,
  shapes: ShapeOptions,
): ComparedColumn {
  const tolerance = tolerances.columns.get(now.name) ?? tolerances.columns.get(before.name);
  const types = [before.type === UNTYPED ? now.type : before.type, now.type === UNTYPED ? before.type : now.type] as [
    string,
    string,
  ];
  const rule = ruleFor(types, tolerance, tolerances, shapes);
  if (tolerance) refuseTolerance(now.name, rule.kind, tolerance);
  const side = (column: SideColumn, type: string, form: (value: string, type: string) => string) => (table: string) => {
    const value = `${table}.${column.sql}`;
    return form(column.type === UNTYPED && type !== UNTYPED ? `CAST(NULL AS ${type})` : value, type);
  };
  const { form, formBefore = form, ...rest } = rule;
  return {
    name: now.name,
    before,
    now,
    form: { before: side(before, types[0], formBefore), now: side(now, types[1], form) },
    ...rest,
  };
}

/** What a tolerance of a column may be, by what the column holds. */
const MEANT: Record<Kind, readonly ColumnTolerance['kind'][]> = {
  number: ['absolute', 'relative'],
  time: ['time', 'absolute'],
  shape: ['absolute'],
  text: [],
  other: [],
};

function refuseTolerance(name: string, kind: Kind, tolerance: ColumnTolerance): void {
  if (MEANT[kind].includes(tolerance.kind)) return;
  const hints: Record<Kind, string> = {
    number: 'write COLUMN=0.5 or COLUMN=1%',
    time: 'write COLUMN=2s, with ms, s, min, h or d',
    shape: 'write COLUMN=0.01, in units of the CRS',
    text: 'only numbers, times and shapes have tolerances; --trim leaves out the blanks around texts',
    other: 'only numbers, times and shapes have tolerances',
  };
  throw new LifecycleError('LIF_USAGE', `the column ${JSON.stringify(name)} can have no such tolerance`, {
    hint: hints[kind],
  });
}

type Form = (value: string, type: string) => string;
type Rule = Pick<ComparedColumn, 'kind' | 'differs' | 'neighbourhood' | 'distance'> & { form: Form; formBefore?: Form };

const same: Form = (value) => value;
const castTo =
  (target: string): Form =>
  (value, type) =>
    type === target ? value : `CAST(${value} AS ${target})`;

function ruleFor(
  [a, b]: readonly [string, string],
  tolerance: ColumnTolerance | undefined,
  tolerances: Tolerances,
  shapes: ShapeOptions,
): Rule {
  const both = (test: (type: string) => boolean) => test(a) && test(b);
  const isNumber = (type: string) => WHOLE.test(type) || HUGE.test(type) || DECIMAL.test(type) || FLOATS.has(type);
  if (a === 'GEOMETRY' || b === 'GEOMETRY') {
    if (both((type) => type === 'GEOMETRY' || type === 'BLOB')) return shapeRule(tolerance, shapes);
    const text: Form = (value, type) => (type === 'GEOMETRY' ? `ST_AsText(${value})` : `CAST(${value} AS VARCHAR)`);
    return { kind: 'other', form: text };
  }
  if (both(isNumber)) return numberRule([a, b], tolerance, tolerances);
  if (both((type) => TIMES.test(type))) return timeRule([a, b], tolerance);
  if (both((type) => type === 'VARCHAR')) return textRule(tolerances.trim);
  if (a === b) return { kind: 'other', form: same };
  return mixedRule(isNumber, tolerances.trim);
}

function numberRule(
  [a, b]: readonly [string, string],
  tolerance: ColumnTolerance | undefined,
  { numbers }: Tolerances,
): Rule {
  const hasFraction = FLOATS.has(a) || FLOATS.has(b);
  const form = numberForm(a, b);
  if (tolerance === undefined && (!hasFraction || numbers === 0)) return { kind: 'number', form };
  const isNoise = tolerance === undefined && numbers === undefined;
  const by = tolerance?.by ?? numbers ?? NOISE;
  const wide = (x: string) => `CAST(${x} AS DOUBLE)`;
  const limit = (x: string, y: string) =>
    tolerance?.kind === 'absolute' || tolerance?.kind === 'time'
      ? `${by}`
      : `${by} * greatest(${tolerance ? '' : '1, '}abs(${wide(x)}), abs(${wide(y)}))`;
  const isWhole = (x: string) => `${wide(x)} = trunc(${wide(x)})`;
  const near = (x: string, y: string) =>
    `isfinite(${wide(x)}) AND isfinite(${wide(y)}) AND abs(${wide(x)} - ${wide(y)}) <= ${limit(x, y)}${
      isNoise ? ` AND NOT (${isWhole(x)} AND ${isWhole(y)})` : ''
    }`;
  return {
    kind: 'number',
    form,
    differs: (x, y) => `NOT coalesce(${near(x, y)}, false)`,
    neighbourhood: (x, pass) =>
      tolerance?.kind === 'absolute'
        ? cell(wide(x), by, pass)
        : `CASE WHEN abs(${wide(x)}) < 1e-3 THEN '0' ELSE printf('%.${digits(by)}e', ${wide(x)} * ${1 + pass * 0.4 * 10 ** -digits(by)}) END`,
  };
}

/** Digits of a number that values within a relative tolerance nearly always share. */
const digits = (relative: number) => Math.max(0, Math.min(12, Math.floor(-Math.log10(relative || NOISE)) - 3));

/** The type in which numbers of two types are equal where they mean the same. */
function numberForm(a: string, b: string): Form {
  if (a === b && !FLOATS.has(a)) return same;
  if (FLOATS.has(a) || FLOATS.has(b)) {
    const isNarrow = (type: string, other: string) => type === 'FLOAT' && (other === 'DOUBLE' || DECIMAL.test(other));
    // A float of 32 bits knows nothing of the digits that the other has behind its own.
    if (isNarrow(a, b) || isNarrow(b, a)) return (value) => `CAST(CAST(${value} AS FLOAT) AS DOUBLE)`;
    return castTo('DOUBLE');
  }
  if (HUGE.test(a) || HUGE.test(b)) return castTo(DECIMAL.test(a) || DECIMAL.test(b) ? 'DOUBLE' : 'HUGEINT');
  const scales = [a, b].map((type) => Number(DECIMAL.exec(type)?.[1] ?? 0));
  const scale = Math.max(...scales);
  if (scale === 0 && WHOLE.test(a) && WHOLE.test(b)) return castTo('HUGEINT');
  return castTo(scale <= 18 ? `DECIMAL(38,${scale})` : 'DOUBLE');
}

function timeRule([a, b]: readonly [string, string], tolerance: ColumnTolerance | undefined): Rule {
  // An instant beside a time without a zone counts as the time that it is in UTC.
  const plain: Form = (value, type) =>
    type.endsWith('WITH TIME ZONE') ? `(${value} AT TIME ZONE 'UTC')` : `CAST(${value} AS TIMESTAMP)`;
  const form = a === b && tolerance === undefined ? same : plain;
  if (tolerance === undefined) return { kind: 'time', form };
  const micro = (x: string) => `epoch_us(${x})`;
  return {
    kind: 'time',
    form,
    differs: (x, y) =>
      `NOT coalesce(isfinite(${x}) AND isfinite(${y}) AND abs(${micro(x)} - ${micro(y)}) <= ${tolerance.kind === 'time' ? tolerance.by : tolerance.by * 1e6}, false)`,
    neighbourhood: (x, pass) => cell(`CASE WHEN isfinite(${x}) THEN ${micro(x)} END`, tolerance.by, pass),
  };
}

function textRule(trim: boolean): Rule {
  return { kind: 'text', form: trim ? (value) => `trim(${value}, ${literal(' \t\r\n\u00a0')})` : same };
}

/** Of two types: equal as texts, or, where both read as numbers or as times, as these. A leading zero is no number's. */
function mixedRule(isNumber: (type: string) => boolean, trim: boolean): Rule {
  const form: Form = (value, type) => {
    if (type === UNTYPED) return 'CAST(NULL AS VARCHAR)';
    if (type === 'VARCHAR') return trim ? `trim(${value})` : value;
    if (type.endsWith('WITH TIME ZONE')) return `CAST((${value} AT TIME ZONE 'UTC') AS VARCHAR)`;
    const text = `CAST(${value} AS VARCHAR)`;
    return isNumber(type) ? `regexp_replace(${text}, '\\.0+$', '')` : text;
  };
  const asNumber = (x: string) =>
    `CASE WHEN NOT regexp_matches(${x}, '^[+-]?0[0-9]') THEN TRY_CAST(${x} AS DOUBLE) END`;
  const asTime = (x: string) => `TRY_CAST(${x} AS TIMESTAMP)`;
  return {
    kind: 'other',
    form,
    differs: (x, y) =>
      `NOT (coalesce(${asNumber(x)} = ${asNumber(y)}, false) OR coalesce(${asTime(x)} = ${asTime(y)}, false))`,
  };
}

function shapeRule(tolerance: ColumnTolerance | undefined, { tolerance: usual, transform }: ShapeOptions): Rule {
  const by = tolerance?.by ?? usual;
  const form: Form = (value, type) => (type === 'GEOMETRY' ? `ST_AsWKB(${value})` : value);
  const distance = (x: string, y: string) => `lifecycle_shape_distance(${x}, ${y}, ${by}::DOUBLE)`;
  return {
    kind: 'shape',
    form,
    ...(transform && {
      formBefore: (value, type) => `ST_AsWKB(${transform(type === 'GEOMETRY' ? value : `ST_GeomFromWKB(${value})`)})`,
    }),
    distance,
    differs: (x, y) => `(${x} IS NULL OR ${y} IS NULL OR ${distance(x, y)} IS NOT NULL)`,
    neighbourhood: (x, pass) => {
      const sides = ['XMin', 'YMin', 'XMax', 'YMax'].map((side) => cell(`ST_${side}(ST_GeomFromWKB(${x}))`, by, pass));
      return `hash(${sides.join(', ')})`;
    },
  };
}

function cell(value: string, tolerance: number, pass: Pass): string {
  return `floor(${value} / ${Math.max(tolerance * WIDTH, Number.MIN_VALUE * 2 ** 60)}::DOUBLE + ${pass * 0.5})`;
}
