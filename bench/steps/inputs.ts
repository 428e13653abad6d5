import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { utils, write } from '@e965/xlsx';
import { Engine } from '../../src/engine/engine.ts';
import * as sql from './input-sql.ts';

const run = promisify(execFile);

export interface InputTools {
  venvDir: string;
  /** A Python with pandas and geopandas. */
  python: string;
  /** 1 is the usual size: tables of 250,000 rows, the large one of twice as many. */
  scale: number;
}

type Make = (file: string, tools: InputTools & { engine: Engine }, beside: (name: string) => string) => Promise<void>;

const TEN_COLUMNS = ['ID', 'Name', 'Boro', 'Zip', 'Latitude', 'Longitude', 'Opened', 'Number 4', 'Text 2', 'Code'];
const EIGHT_COLUMNS = ['ID', 'Name', 'Boro', 'Zip', 'Latitude', 'Opened', 'Number 4', 'Text 2'];

/** By a query, with the options of COPY. */
const made =
  (query: (rows: number) => string, rows: number, options = 'FORMAT csv, HEADER'): Make =>
  async (file, { engine, scale }) => {
    // One after another and from the same seed, so that they are the same on every machine.
    await engine.run('SELECT setseed(0.5)');
    await engine.run(sql.copy(query(Math.round(rows * scale)), file, options));
  };

/** By geopandas or pandas, out of the rows of a query; `inputs.py` has a function of the name. */
const byPython =
  (kind: string, query: (rows: number) => string, rows: number): Make =>
  async (file, tools, beside) => {
    const source = `${file}.source.parquet`;
    await made(query, rows, 'FORMAT parquet')(source, tools, beside);
    await run(tools.python, [path.join(import.meta.dirname, 'inputs.py'), kind, source, file]);
    await rm(source);
  };

const GEOJSON = `FORMAT gdal, DRIVER 'GeoJSON', SRS 'EPSG:4326'`;
const zeroes = (query: string) => `SELECT * REPLACE (CAST("Built" AS VARCHAR) AS "Built") FROM (${query})`;

const MAKERS = {
  'tiny.csv': (file) => writeFile(file, 'id,name,value\n1,a,1.5\n2,b,2.5\n3,c,\n'),
  'tiny.geojson': made(
    (n) => `SELECT i AS id, ST_Point(-74, 40.5 + i) AS geom FROM range(${Math.max(3, n)}) AS r(i)`,
    3,
    GEOJSON,
  ),
  'table.csv': made(sql.table, 250_000),
  'large.csv': made(sql.table, 500_000),
  'dates.csv': made(sql.dates, 250_000),
  'numbers.csv': made(sql.numbers, 250_000),
  'twice.csv': made(sql.twice, 500_000),
  'keyed.csv': made(sql.keyed, 150_000),
  'quoted.csv': made(sql.table, 200_000, 'FORMAT csv, HEADER, FORCE_QUOTE *'),
  'breaks.csv': made(
    (n) => `SELECT * REPLACE ("Text 2" || chr(10) || 'second line' AS "Text 2") FROM (${sql.table(n)})`,
    200_000,
  ),
  'pipes.txt': made(sql.table, 250_000, "FORMAT csv, HEADER false, DELIMITER '|'"),
  'latin1.csv': async (file, tools, beside) => {
    await made((n) => `SELECT * REPLACE ("Text 1" || ' café é' AS "Text 1") FROM (${sql.table(n)})`, 200_000)(
      file,
      tools,
      beside,
    );
    await writeFile(file, Buffer.from(await readFile(file, 'utf8'), 'latin1'));
  },
  'table.csv.gz': (file, _, beside) =>
    pipeline(createReadStream(beside('table.csv')), createGzip({ level: 6 }), createWriteStream(file)),
  'table.zip': async (file, { python }, beside) => {
    await run(python, ['-m', 'zipfile', '-c', file, beside('table.csv')]);
  },
  'places.csv': made(sql.places, 250_000),
  'wkt.csv': made((n) => `SELECT * EXCLUDE (geom), ST_AsText(geom) AS the_geom FROM (${sql.polygons(n)})`, 75_000),
  'wkb.csv': made((n) => `SELECT * EXCLUDE (geom), ST_AsHEXWKB(geom) AS the_geom FROM (${sql.polygons(n)})`, 75_000),
  'records.json': made(sql.table, 75_000, 'FORMAT json, ARRAY true'),
  'nested.json': made(sql.nested, 50_000, 'FORMAT json, ARRAY true'),
  'path.json': async (file, tools, beside) => {
    await made((n) => `SELECT * EXCLUDE (tags) FROM (${sql.nested(n)})`, 50_000, 'FORMAT json, ARRAY true')(
      file,
      tools,
      beside,
    );
    await writeFile(file, `{"status": "ok", "data": {"items": ${(await readFile(file, 'utf8')).trim()}}}`);
  },
  'points.geojson': made((n) => zeroes(sql.points(n)), 100_000, GEOJSON),
  'polygons.geojson': made((n) => zeroes(sql.polygons(n)), 50_000, GEOJSON),
  'wide.geojson': made((n) => zeroes(sql.wide(sql.points(n))), 25_000, GEOJSON),
  'socrata.geojson': byPython('one_line', sql.polygons, 50_000),
  'varying.geojson': byPython('varying', sql.points, 75_000),
  'points.zip': byPython('shapefile', sql.points, 150_000),
  'polygons.zip': byPython('shapefile', sql.polygons, 75_000),
  'wide.zip': byPython('shapefile', (n) => sql.wide(sql.polygons(n)), 30_000),
  'lots.gdb.zip': byPython('geodatabase', sql.polygons, 100_000),
  'layers.gdb.zip': byPython('layers', sql.polygons, 12_500),
  'plain.parquet': byPython('plain_parquet', sql.table, 500_000),
  'geo.parquet': byPython('geoparquet', sql.polygons, 100_000),
  'wkb.parquet': made(
    (n) => `SELECT * EXCLUDE (geom), ST_AsWKB(geom) AS wkb_geometry FROM (${sql.polygons(n)})`,
    100_000,
    'FORMAT parquet',
  ),
  'lots.xlsx': byPython('book', sql.lots, 50_000),
  'table.xlsx': byPython('book_of_data', sql.table, 10_000),
  'sheets.xlsx': byPython('sheets', sql.table, 20_000),
  'table.html': byPython('page', (n) => sql.some(sql.table(n), EIGHT_COLUMNS), 10_000),
  'old.xls': async (file, { engine, scale }) => {
    const rows = await engine.rows(sql.some(sql.table(Math.round(30_000 * scale)), TEN_COLUMNS));
    const book = utils.book_new();
    utils.book_append_sheet(book, utils.json_to_sheet(rows), 'data');
    await writeFile(file, write(book, { type: 'buffer', bookType: 'biff8' }) as Buffer);
  },
} satisfies Record<string, Make>;

export type InputName = keyof typeof MAKERS;

/** Makes those of the inputs that are not there yet, in `dir`. */
export async function makeInputs(dir: string, names: ReadonlySet<InputName>, tools: InputTools): Promise<void> {
  await mkdir(dir, { recursive: true });
  const beside = (name: string) => path.join(dir, name);
  const engine = await Engine.open({ venvDir: tools.venvDir, temporaryDir: dir });
  try {
    await engine.load('spatial');
    // Random numbers come in order from one thread alone.
    await engine.run('SET threads = 1');
    const wanted = new Set<InputName>(names);
    if (names.has('table.csv.gz') || names.has('table.zip')) wanted.add('table.csv');
    for (const [name, make] of Object.entries(MAKERS) as [InputName, Make][]) {
      if (!wanted.has(name) || (await isThere(beside(name)))) continue;
      console.error(`making ${name}`);
      // Under its own ending, by which writers go; whole or not at all under its own name.
      const unfinished = path.join(dir, `unfinished-${name}`);
      await rm(unfinished, { recursive: true, force: true });
      await make(unfinished, { ...tools, engine }, beside);
      await rename(unfinished, beside(name));
    }
  } finally {
    engine.close();
  }
}

const isThere = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );
