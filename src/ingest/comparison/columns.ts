import type { ColumnInfo } from '../../engine/engine.ts';
import { identifier } from '../../engine/sql.ts';

/** How values of a column of both files are held against each other. */
export interface ComparedColumn {
  name: string;
  /** SQL that is true where the values are not the very same; `a` and `b` are the files. */
  differs: string;
  /** SQL that is true of such values where they mean the same; undefined where the same is all there is. */
  isNear: string | undefined;
  /** SQL for a value in a sum of rows that has no order, of `a` and of `b`. */
  canonical: readonly [string, string];
  /** SQL for the text that shows a value, of `a` and of `b`. */
  shown: readonly [string, string];
}

/** Beside the size of the numbers; those below 1 are held to this itself. */
export const TOLERANCE = 1e-9;
const FLOATS = new Set(['FLOAT', 'DOUBLE']);
const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*|FLOAT|DOUBLE)$/;
/** Characters of a value that are shown. */
const SHOWN = 60;

/** A column of nulls that was never given a type, as pandas writes one: it is of every type. */
export const UNTYPED = 'NULL';

export const isGeometry = ({ type }: Pick<ColumnInfo, 'type'>): boolean => type.startsWith('GEOMETRY');

/** A column's type without what the file's metadata say of its CRS, which are compared as such. */
export const plainType = (column: ColumnInfo): string => (isGeometry(column) ? 'GEOMETRY' : column.type);

export function comparedColumn(first: ColumnInfo, second: ColumnInfo): ComparedColumn {
  const { name } = first;
  const values = ['a', 'b'].map((table) => `${table}.${identifier(name)}`) as [string, string];
  if (isGeometry(first) && isGeometry(second)) return geometry(name, values);
  const types = [plainType(first), plainType(second)];
  const common = commonType(types as [string, string]);
  const [a, b] = values.map((value, i) => (types[i] === common ? value : `CAST(${value} AS ${common})`)) as [
    string,
    string,
  ];
  const shown = values.map((value) => `left(CAST(${value} AS VARCHAR), ${SHOWN})`) as [string, string];
  const differs = `${a} IS DISTINCT FROM ${b}`;
  if (!FLOATS.has(common)) return { name, differs, isNear: undefined, canonical: [a, b], shown };
  const rounded = (value: string) => `printf('%.8e', CAST(${value} AS DOUBLE))`;
  return { name, differs, isNear: near(a, b), canonical: [rounded(a), rounded(b)], shown };
}

function commonType([a, b]: readonly [string, string]): string {
  if (a === b && a !== UNTYPED) return a;
  return NUMBERS.test(a) && NUMBERS.test(b) ? 'DOUBLE' : 'VARCHAR';
}

function near(a: string, b: string): string {
  return `(isfinite(${a}) AND isfinite(${b}) AND abs(${a} - ${b}) <= ${TOLERANCE} * greatest(1, abs(${a}), abs(${b})))`;
}

/** The same shape: points within the tolerance in the same order or in that of the normal form, or equal as sets. */
function geometry(name: string, values: readonly [string, string]): ComparedColumn {
  const wkb = values.map((value) => `ST_AsWKB(${value})`) as [string, string];
  const [a, b] = wkb.map((value) => `ST_GeomFromWKB(${value})`) as [string, string];
  const normal = [a, b].map((value) => `ST_Normalize(${value})`) as [string, string];
  const isNear = `(ST_GeometryType(${a}) = ST_GeometryType(${b}) AND ST_HasZ(${a}) = ST_HasZ(${b})
    AND CASE WHEN ST_NPoints(${a}) = ST_NPoints(${b}) AND (${pointsAreNear(a, b)} OR ${pointsAreNear(...normal)}) THEN true
      WHEN ST_HasZ(${a}) THEN false ELSE coalesce(TRY(ST_Equals(${a}, ${b})), false) END)`;
  return {
    name,
    differs: `${wkb[0]} IS DISTINCT FROM ${wkb[1]}`,
    isNear,
    canonical: normal.map((value) => `ST_AsWKB(${value})`) as [string, string],
    shown: [a, b].map((value) => `left(ST_AsText(${value}), ${SHOWN})`) as [string, string],
  };
}

function pointsAreNear(a: string, b: string): string {
  const axis = (name: string, flat: string) => {
    const list = (value: string) =>
      `list_transform(ST_Dump(ST_Points(${value})), lambda point: coalesce(${name}(point.geom), ${flat}))`;
    const pair = near('pair[1]', 'pair[2]');
    return `coalesce(list_bool_and(list_transform(list_zip(${list(a)}, ${list(b)}), lambda pair: ${pair})), true)`;
  };
  return `(${axis('ST_X', '0')} AND ${axis('ST_Y', '0')} AND ${axis('ST_Z', '0')})`;
}
