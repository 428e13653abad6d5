import { execFile } from 'node:child_process';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';

const run = promisify(execFile);

/** One dataset to measure: a raw file and the template that reads it. */
export interface BenchInput {
  name: 'csv' | 'geojson' | 'shapefile' | 'boroughs' | 'tiny';
  what: string;
  file: string;
  template: string;
}

/** With absolute paths, so that any engine finds the file from anywhere. */
const template = (id: string, file: string, rest: string) =>
  `id: ${id}\nattributes: {name: ${id}}\ningestion:\n  source: {type: local_file, path: ${JSON.stringify(file)}}\n${rest}`;

/** Makes the inputs once; they are the same on every machine. */
export async function makeInputs(dir: string, venvDir: string): Promise<BenchInput[]> {
  await mkdir(path.join(dir, 'ingest_templates'), { recursive: true });
  const at = (name: string) => path.join(dir, name);
  const engine = await Engine.open({ venvDir, temporaryDir: dir });
  try {
    await engine.load('spatial');
    await engine.run('SELECT setseed(0.5)');
    await engine.run('SET threads = 1');
    await once(at('million.csv'), () => engine.run(csvSql(at('million.csv'))));
    await once(at('points.geojson'), () => engine.run(pointsSql(at('points.geojson'))));
    await once(at('polygons.zip'), async () => {
      await engine.run(polygonsSql(at('polygons.shp')));
      const parts = ['shp', 'shx', 'dbf', 'prj'].map((ending) => at(`polygons.${ending}`));
      await run(path.join(venvDir, 'bin', 'python'), ['-m', 'zipfile', '-c', at('polygons.zip'), ...parts]);
    });
  } finally {
    engine.close();
  }
  await once(at('nybb_16a.zip'), () =>
    copyFile(path.join(INSTALLATION, 'examples', 'nyc', 'data', 'nybb_16a.zip'), at('nybb_16a.zip')),
  );
  await once(at('tiny.csv'), () => writeFile(at('tiny.csv'), 'id,name,value\n1,a,1.5\n2,b,2.5\n3,c,\n'));
  const inputs: BenchInput[] = [
    {
      name: 'csv',
      what: 'CSV, 1,000,000 × 20, eight columns coerced',
      file: at('million.csv'),
      template: template(
        'csv',
        at('million.csv'),
        `  file_format: {type: csv, dtype: str}
  processing_steps:
  - name: clean_column_names
    args: {lower: true, replace: {' ': _}}
  - name: coerce_column_types
    args: {column_types: {id: integer, boro: integer, latitude: numeric, longitude: numeric, opened: date, number_1: numeric, number_2: numeric, number_3: integer}}
`,
      ),
    },
    {
      name: 'geojson',
      what: 'GeoJSON, 300,000 points, to EPSG:2263',
      file: at('points.geojson'),
      template: template('geojson', at('points.geojson'), '  target_crs: EPSG:2263\n  file_format: {type: geojson}\n'),
    },
    {
      name: 'shapefile',
      what: 'shapefile, 50,000 polygons, to EPSG:2263, multi',
      file: at('polygons.zip'),
      template: template(
        'shapefile',
        at('polygons.zip'),
        '  target_crs: EPSG:2263\n  file_format: {type: shapefile, crs: "EPSG:4326"}\n  processing_steps:\n  - name: multi\n  - name: clean_column_names\n    args: {lower: true}\n',
      ),
    },
    {
      name: 'boroughs',
      what: 'borough boundaries, 5 polygons',
      file: at('nybb_16a.zip'),
      template: template(
        'boroughs',
        at('nybb_16a.zip'),
        '  target_crs: EPSG:2263\n  file_format: {type: shapefile, crs: "EPSG:2263", unzipped_filename: nybb.shp}\n',
      ),
    },
    {
      name: 'tiny',
      what: 'CSV of 3 rows',
      file: at('tiny.csv'),
      template: template('tiny', at('tiny.csv'), '  file_format: {type: csv}\n'),
    },
  ];
  for (const input of inputs) await writeFile(at(path.join('ingest_templates', `${input.name}.yml`)), input.template);
  return inputs;
}

async function once(file: string, make: () => Promise<void>): Promise<void> {
  const there = await stat(file).then(
    (s) => s.size > 0,
    () => false,
  );
  if (!there) await make();
}

/** Ids, codes with leading zeros, coordinates, dates, text with quotes and null words: what open data looks like. */
function csvSql(file: string): string {
  const words = "['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel']";
  const word = (every: number) => `list_extract(${words}, CAST(i // ${every} % 8 + 1 AS BIGINT))`;
  return `COPY (SELECT i AS "ID", ${word(1)} || ' ' || i % 977 || ' street' AS "Name", i % 5 + 1 AS "Boro", printf('%05d', CAST(501 + i % 300 AS BIGINT)) AS "Zip",
    round(40.5 + random() * 0.4, 8) AS "Latitude", round(-74.2 + random() * 0.5, 8) AS "Longitude", DATE '2015-01-01' + CAST(i % 3650 AS INTEGER) AS "Opened",
    i * 7 % 1000003 AS "Number 1", round(random() * 1000, 3) AS "Number 2", i % 100 AS "Number 3", CASE WHEN i % 10 = 0 THEN NULL ELSE i END AS "Number 4",
    round(random(), 6) AS "Number 5", i % 2 = 0 AS "Flag", ${word(3)} AS "Text 1", ${word(5)} || ' ' || i % 13 || ' and some more text' AS "Text 2", 'X' || i % 997 AS "Code",
    'quoted, ' || i % 11 AS "Text 3", ${word(7)} || ' plaza, New York' AS "Text 4", CASE WHEN i % 17 = 0 THEN 'N/A' ELSE ${word(2)} END AS "Text 5", 'z' AS "Constant"
    FROM range(1000000) AS r(i)) TO ${literal(file)} (FORMAT csv, HEADER)`;
}

function pointsSql(file: string): string {
  return `COPY (SELECT i AS id, 'place ' || i % 977 AS name, i % 59 AS district, round(random() * 100, 2) AS score, CASE WHEN i % 7 = 0 THEN NULL ELSE 'note ' || i % 101 END AS note,
    ST_Point(-74.2 + random() * 0.5, 40.5 + random() * 0.4) AS geom FROM range(300000) AS r(i)) TO ${literal(file)} (FORMAT gdal, DRIVER 'GeoJSON', SRS 'EPSG:4326')`;
}

/** Circles of 33 points; every twentieth is a bow tie, which is not valid. */
function polygonsSql(file: string): string {
  return `COPY (SELECT i AS id, 'lot ' || i % 977 AS name, i % 5 + 1 AS boro, round(random() * 1e5, 2) AS area, CASE WHEN i % 20 = 0
      THEN ST_GeomFromText('POLYGON((' || x || ' ' || y || ', ' || x + d || ' ' || y + d || ', ' || x + d || ' ' || y || ', ' || x || ' ' || y + d || ', ' || x || ' ' || y || '))')
      ELSE ST_Buffer(ST_Point(x, y), d) END AS geom
    FROM (SELECT i, -74.2 + random() * 0.5 AS x, 40.5 + random() * 0.4 AS y, 0.0005 + random() * 0.0005 AS d FROM range(50000) AS r(i)))
    TO ${literal(file)} (FORMAT gdal, DRIVER 'ESRI Shapefile', SRS 'EPSG:4326')`;
}
