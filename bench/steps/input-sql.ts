import { identifier, literal } from '../../src/engine/sql.ts';

const WORDS = "['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel']";
const word = (every: number) => `list_extract(${WORDS}, CAST(i // ${every} % 8 + 1 AS BIGINT))`;

/** Ids, codes with leading zeros, coordinates, dates, text with quotes and null words: what open data looks like. */
export const table = (
  rows: number,
) => `SELECT i AS "ID", ${word(1)} || ' ' || i % 977 || ' street' AS "Name", i % 5 + 1 AS "Boro",
  printf('%05d', CAST(501 + i % 300 AS BIGINT)) AS "Zip", round(40.5 + random() * 0.4, 8) AS "Latitude", round(-74.2 + random() * 0.5, 8) AS "Longitude",
  DATE '2015-01-01' + CAST(i % 3650 AS INTEGER) AS "Opened", i * 7 % 1000003 AS "Number 1", round(random() * 1000, 3) AS "Number 2", i % 100 AS "Number 3",
  CASE WHEN i % 10 = 0 THEN NULL ELSE i END AS "Number 4", round(random(), 6) AS "Number 5", i % 2 = 0 AS "Flag", ${word(3)} AS "Text 1",
  ${word(5)} || ' ' || i % 13 || ' and some more text' AS "Text 2", 'X' || i % 997 AS "Code", 'quoted, ' || i % 11 AS "Text 3",
  ${word(7)} || ' plaza, New York' AS "Text 4", CASE WHEN i % 17 = 0 THEN 'N/A' ELSE ${word(2)} END AS "Text 5", 'z' AS "Constant"
  FROM range(${rows}) AS r(i)`;

/** Moments, in the ways in which they are written. */
export const dates = (
  rows: number,
) => `SELECT i AS id, strftime(moment, '%m/%d/%Y') AS us, strftime(moment, '%m/%d/%Y %I:%M:%S %p') AS am_pm,
  strftime(moment, '%Y-%m-%dT%H:%M:%S.000') AS iso, strftime(moment, '%Y%m%d') AS packed, strftime(moment, '%d-%b-%y') AS odd,
  'text ' || i % 997 AS t1, 'more text ' || i % 1009 AS t2
  FROM (SELECT i, TIMESTAMP '2010-01-01' + to_seconds(i * 3677) AS moment FROM range(${rows}) AS r(i))`;

/** Ten columns of whole numbers and ten of decimals, all with gaps. */
export function numbers(rows: number): string {
  const columns = Array.from({ length: 10 }, (_, k) => [
    `CASE WHEN (i + ${k}) % 9 = 0 THEN NULL ELSE i * ${k + 7} % 1000003 END AS whole_${k}`,
    `CASE WHEN (i + ${k}) % 7 = 0 THEN NULL ELSE round(random() * 1000, ${(k % 6) + 1}) END AS decimal_${k}`,
  ]);
  return `SELECT ${columns.flat().join(', ')} FROM range(${rows}) AS r(i)`;
}

/** A quarter as many ids as rows, and a tenth as many keys. */
export const twice = (
  rows: number,
) => `SELECT i % ${rows >> 2} AS id, hash(i) % ${Math.round(rows / 10)} AS k, i AS n, ${word(1)} || ' ' || i % 977 AS name,
  ${word(3)} AS grp, round(random() * 100, 3) AS v, '  padded ' || i % 1009 || '  ' AS padded, CASE WHEN i % 5 = 0 THEN NULL ELSE 'x' || i % 7 END AS gappy,
  ${word(5)} || ' ' || i % 13 || ' and some more text' AS t1, ${word(7)} || ' plaza' AS t2 FROM range(${rows}) AS r(i)`;

export const keyed = (
  rows: number,
) => `SELECT i AS id, i * 3 AS n, ${word(1)} || ' ' || i % 977 AS name, round(random() * 100, 3) AS v,
  CASE WHEN i % 5 = 0 THEN NULL ELSE 'x' || i % 7 END AS gappy, ${word(5)} || ' ' || i % 13 || ' and some more text' AS t1 FROM range(${rows}) AS r(i)`;

const LOT = `1000000000 + i * 7919 % 4000000000 AS "BBL", 'Lot ' || i || ' of block ' || i % 997 AS "Name", round(10 + random() * 1e5, 4) AS "Area",
  DATE '1970-01-01' + CAST(i * 31 % 19000 AS INTEGER) AS "Built", list_extract(['R1', 'R2', 'C4-5', 'M1'], CAST(i % 4 + 1 AS BIGINT)) AS "Code"`;
/** Attributes of lots, without geometry. */
export const lots = (rows: number) => `SELECT ${LOT} FROM range(${rows}) AS r(i)`;
const x = '-74.2 + random() * 0.5';
const y = '40.5 + random() * 0.4';
export const points = (rows: number) => `SELECT ${LOT}, ST_Point(${x}, ${y}) AS geom FROM range(${rows}) AS r(i)`;
/** Rings of thirteen points. */
export const polygons = (rows: number) =>
  `SELECT ${LOT}, ST_Buffer(ST_Point(${x}, ${y}), 0.0001 + random() * 0.0009, 3) AS geom FROM range(${rows}) AS r(i)`;

/** The same with twenty texts, twenty whole numbers and twenty decimals. */
export function wide(of: string): string {
  const texts = "['some text here', 'other', 'a longer piece of text in here', NULL]";
  const columns = Array.from({ length: 20 }, (_, k) => [
    `list_extract(${texts}, CAST(1 + floor(random() * 4) AS BIGINT)) AS text_${k}`,
    `CAST(random() * 100000 AS INTEGER) AS int_${k}`,
    `round(random() * 1e6, 6) AS double_${k}`,
  ]);
  return `SELECT * EXCLUDE (geom), ${columns.flat().join(', ')}, geom FROM (${of})`;
}

/** Points as a table of text has them. */
export const places = (
  rows: number,
) => `SELECT * EXCLUDE (geom), '(' || round(ST_Y(geom), 6) || ', ' || round(ST_X(geom), 6) || ')' AS position,
  ST_AsText(geom) AS wkt, ST_X(geom) AS longitude, ST_Y(geom) AS latitude FROM (${points(rows)})`;

export const some = (of: string, columns: readonly string[]) =>
  `SELECT ${columns.map(identifier).join(', ')} FROM (${of})`;

/** Records within records. */
export const nested = (
  rows: number,
) => `SELECT "ID", "Name", "Boro", "Latitude", "Longitude", "Number 2", "Code", "Text 5",
  {street: "Name", geo: {lat: "Latitude", lon: "Longitude"}} AS address, ['a', 'b', "Code"] AS tags FROM (${table(rows)})`;

export const copy = (query: string, file: string, options: string) =>
  `COPY (${query}) TO ${literal(file)} (${options})`;
