import type { Engine } from '../engine/engine.ts';
import { escapePattern, isOddNumber, literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import type { FileFormat } from '../project/project.ts';
import { ASSUMPTION } from './assumption.ts';
import { crsFrom } from './crs.ts';
import { noteSize } from './geometry-size.ts';
import { firstRows, promised } from './promise.ts';
import {
  bound,
  columnNames,
  describeNames,
  failingWhere,
  findColumn,
  firstOffender,
  GEOMETRY,
  isGeometry,
  isText,
  type Relation,
  type RelationColumn,
  requireGeometryColumn,
  whereOf,
  withColumn,
} from './relation.ts';

/** The name that every ingested geometry gets. */
export const GEOMETRY_NAME = 'geom';

/** `geometry` of a file_format: which columns hold coordinates, and how they are written. */
export interface GeometryOption {
  geom_column: string | { x: string; y: string };
  crs: string;
  format?: null | 'wkt' | 'wkb' | { point_xy_str: string };
}

export function geometryOption(format: FileFormat): GeometryOption | undefined {
  return format.geometry as GeometryOption | undefined;
}

/**
 * Makes the geometry that a file_format's `geometry` describes.
 *
 * @param trustSample text of a large file may be taken to be written like its first rows (`src/relation/assumption.ts`)
 * @throws LifecycleError ING_MISSING_COLUMN, ING_BAD_GEOMETRY, ING_UNKNOWN_CRS
 */
export async function addGeometry(
  engine: Engine,
  relation: Relation,
  option: GeometryOption,
  trustSample: boolean,
): Promise<Relation> {
  await engine.load('spatial');
  const crs = await crsFrom(engine, option.crs);
  if (typeof option.geom_column !== 'string') {
    return {
      ...(await pointsFrom(engine, relation, option.geom_column, trustSample)),
      geometry: { column: 'geometry', crs },
    };
  }
  const name = option.geom_column;
  requireColumn(relation, name);
  const { format } = option;
  const active = { column: name, crs };
  const sample = trustSample ? await firstRows(engine, relation, [name]) : undefined;
  if (format !== null && typeof format === 'object')
    return { ...(await pointsFromText(engine, relation, name, format.point_xy_str, sample)), geometry: active };
  const kind = format === 'wkb' ? 'wkb' : 'wkt';
  return { ...(await parsedGeometry(engine, bound(engine, relation, name), name, kind, sample)), geometry: active };
}

function requireColumn(relation: Relation, name: string): RelationColumn {
  const column = findColumn(relation, name);
  if (column) return column;
  throw new LifecycleError('ING_MISSING_COLUMN', `the geometry column ${JSON.stringify(name)} is not in the data`, {
    hint: `the columns are ${describeNames(columnNames(relation))}`,
  });
}

function badGeometry(column: string, value: string, row: number, what: string): LifecycleError {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return new LifecycleError(
    'ING_BAD_GEOMETRY',
    `column ${JSON.stringify(column)}, row ${row}: ${JSON.stringify(shown)} is ${what}`,
    {
      hint: "check `geometry` in the template's file_format against the data",
      details: { column, row },
    },
  );
}

/** A column `geometry` of points, by the columns of their coordinates. */
async function pointsFrom(
  engine: Engine,
  relation: Relation,
  names: { x: string; y: string },
  trustSample: boolean,
): Promise<Relation> {
  const [x, y] = [requireColumn(relation, names.x), requireColumn(relation, names.y)];
  const texts = [...new Set([x, y])].filter(isText);
  const sample = trustSample && texts.length > 0 ? await firstRows(engine, relation, [x.name, y.name]) : undefined;
  let checked = relation;
  for (const { name, expression } of texts) {
    if (!(await badCoordinate(engine, sample ?? relation, name))) {
      if (sample) checked = failingWhere(checked, isNoCoordinate(expression), ASSUMPTION);
      continue;
    }
    const bad = await badCoordinate(engine, relation, name);
    if (bad) throw badGeometry(name, bad.value, bad.row, 'no coordinate');
  }
  // pandas puts the new column under this name, over one that has it already.
  const point = { name: 'geometry', expression: `ST_Point(${coordinate(x)}, ${coordinate(y)})`, type: GEOMETRY };
  const columns = findColumn(relation, 'geometry')
    ? relation.columns.map((old) => (old.name === 'geometry' ? point : old))
    : [...relation.columns, point];
  return { ...checked, columns };
}

/** A coordinate as a double; text is parsed. */
function coordinate(column: Pick<RelationColumn, 'expression' | 'type'>): string {
  const { expression, type } = column;
  if (type !== 'VARCHAR') return `CAST(${expression} AS DOUBLE)`;
  return `CASE WHEN NOT ${isOddNumber(expression)} THEN TRY_CAST(${expression} AS DOUBLE) END`;
}

/** Text that is no number, the empty one included. */
function isNoCoordinate(text: string): string {
  return `${text} IS NOT NULL AND (${coordinate({ expression: text, type: 'VARCHAR' })}) IS NULL`;
}

function badCoordinate(engine: Engine, relation: Relation, name: string) {
  const { expression } = requireColumn(relation, name);
  return firstOffender(engine, relation, expression, isNoCoordinate(expression));
}

/** A column of text or bytes as geometries, each of which is parsed once a row. */
async function parsedGeometry(
  engine: Engine,
  relation: Relation,
  name: string,
  format: 'wkt' | 'wkb',
  sample: Relation | undefined,
): Promise<Relation> {
  const column = findColumn(relation, name)!;
  if (isGeometry(column)) return relation;
  const text = column.expression;
  let found: { value: string; row: number } | undefined;
  for (const { parse, accepts } of parsers(column, format)) {
    const isBad = (source: string, value: string) =>
      `${source} IS NOT NULL AND NOT (${value} IS NOT NULL AND ${accepts(source)})`;
    const read = (source: string) => `TRY(${parse(source)})`;
    const looked = sample ? await readBeside(engine, sample, name, read) : { ...relation, text, value: read(text) };
    found = await firstOffender(engine, looked, looked.text, isBad(looked.text, looked.value));
    if (found) continue;
    const made = (expression: string) => withColumn(relation, name, { expression, type: GEOMETRY });
    if (!sample) return bound(engine, made(parse(text)), name);
    const promising = await promised(engine, made(read(text)), name, (value) => isBad(text, value));
    await noteSize(engine, requireGeometryColumn(promising, name), looked);
    return promising;
  }
  // A mistake among the first rows, too, is told by its row of the whole.
  if (sample) return parsedGeometry(engine, relation, name, format, undefined);
  throw badGeometry(name, found?.value ?? '', found?.row ?? 1, `no ${format.toUpperCase()}`);
}

/** Rows of a table with what is made of a column beside it, so that looking at it twice makes it once. */
async function readBeside(
  engine: Engine,
  rows: Relation,
  name: string,
  read: (source: string) => string,
): Promise<Pick<Relation, 'from' | 'where'> & { text: string; value: string }> {
  const { expression: text } = requireColumn(rows, name);
  const from = await engine.materialize(
    `SELECT ${text} AS text, ${read(text)} AS value FROM ${rows.from}${whereOf(rows)}`,
  );
  return { from, where: [], text: 'text', value: 'value' };
}

/** A way to read geometries, as SQL over the SQL of their text or bytes. */
interface Parser {
  parse(source: string): string;
  /** What else must hold of a text that is read. */
  accepts(source: string): string;
}

/** Ways to read a geometry, the cheapest first. Numbers are none. */
function parsers(column: RelationColumn, format: 'wkt' | 'wkb'): Parser[] {
  const all = () => 'true';
  if (column.type === 'BLOB' && format === 'wkb')
    return [{ parse: (source) => `ST_GeomFromHEXEWKB(hex(${source}))`, accepts: all }];
  if (!isText(column)) return [{ parse: () => `NULL::${GEOMETRY}`, accepts: () => 'false' }];
  if (format === 'wkb') return [{ parse: (source) => `ST_GeomFromHEXEWKB(${source})`, accepts: all }];
  return [
    { parse: (source) => `ST_GeomFromText(${source})`, accepts: isBare },
    { parse: (source) => `ST_GeomFromText(${withDimension(source)})`, accepts: isBare },
  ];
}

/**
 * DuckDB passes over an SRID in front and anything that follows; GEOS, which the department's engine uses, does not. Only a
 * text that does not end with its bracket is looked at for blanks, which takes as long as to parse it.
 */
function isBare(text: string): string {
  const end = `right(rtrim(${text}, ${literal(' \t\r\n')}), 1)`;
  return `${text} NOT ILIKE 'SRID%' AND CASE WHEN suffix(${text}, ')') THEN true ELSE regexp_full_match(${end}, '[)Yy]') END`;
}

/** WKT with the `Z` or `ZM` that DuckDB needs and others leave out: `POINT (1 2 3)`. */
function withDimension(text: string): string {
  const coordinates = (n: number) =>
    literal(`^\\s*[A-Za-z]+[\\s(]*\\(\\s*[-+.0-9Ee]+(\\s+[-+.0-9Ee]+){${n - 1}}\\s*[,)]`);
  const insert = (mark: string) => `regexp_replace(${text}, '^(\\s*[A-Za-z]+)', '\\1 ${mark}')`;
  return `CASE WHEN regexp_matches(${text}, ${coordinates(3)}) THEN ${insert('Z')} WHEN regexp_matches(${text}, ${coordinates(4)}) THEN ${insert('ZM')} ELSE ${text} END`;
}

/** Cells such as `(40.7, -74.0)` by a pattern such as `(y, x)`; each letter stands for a number with decimals. */
async function pointsFromText(
  engine: Engine,
  relation: Relation,
  name: string,
  pattern: string,
  sample: Relation | undefined,
): Promise<Relation> {
  const regex = `^${escapePattern(pattern).replace(/[xy]/g, '(-?[0-9]+\\.[0-9]+)')}$`;
  const numbers = (text: string) => `regexp_extract(CAST(${text} AS VARCHAR), ${literal(regex)}, ['a', 'b'])`;
  const isBad = (found: string) => `coalesce(struct_extract(${found}, 'a'), '') = ''`;
  const { expression: text } = requireColumn(sample ?? relation, name);
  const bad = await firstOffender(engine, sample ?? relation, text, isBad(numbers(text)));
  // A mistake among the first rows, too, is told by its row of the whole.
  if (bad && sample) return pointsFromText(engine, relation, name, pattern, undefined);
  if (bad) throw badGeometry(name, bad.value, bad.row, `not written as ${JSON.stringify(pattern)}`);
  const expression = numbers(requireColumn(relation, name).expression);
  const found = withColumn(relation, name, { expression, type: 'STRUCT' });
  const kept = sample ? await promised(engine, found, name, isBad) : bound(engine, found, name);
  const value = requireColumn(kept, name).expression;
  const number = (group: string) => `CAST(struct_extract(${value}, '${group}') AS DOUBLE)`;
  const isXFirst = pattern.indexOf('x') < pattern.indexOf('y');
  const [x, y] = isXFirst ? ['a', 'b'] : ['b', 'a'];
  return withColumn(kept, name, { expression: `ST_Point(${number(x!)}, ${number(y!)})`, type: GEOMETRY });
}

/**
 * What follows every reader: the active geometry is called `geom` and every geometry is valid. Valid ones stay as they
 * are to the last bit.
 *
 * @throws LifecycleError ING_DUPLICATE_COLUMN when another column has the name
 */
export function normaliseGeometry(relation: Relation): Relation {
  const { geometry } = relation;
  if (!geometry) return relation;
  if (geometry.column !== GEOMETRY_NAME && findColumn(relation, GEOMETRY_NAME)) {
    throw new LifecycleError(
      'ING_DUPLICATE_COLUMN',
      `a column other than the geometry is called ${GEOMETRY_NAME} already`,
      {
        hint: 'drop or rename it at the source: the geometry is always called geom',
      },
    );
  }
  return {
    ...relation,
    columns: relation.columns.map((column) =>
      column.name === geometry.column
        ? { ...column, name: GEOMETRY_NAME, expression: madeValid(column.expression), outline: column.expression }
        : column,
    ),
    geometry: { ...geometry, column: GEOMETRY_NAME },
  };
}

function madeValid(geometry: string): string {
  // Points and empty geometries are always valid, and most columns hold nothing else.
  if (geometry.startsWith('ST_Point(')) return geometry;
  return `CASE WHEN ST_IsValid(${geometry}) THEN ${geometry} ELSE ST_MakeValid(${geometry}) END`;
}
