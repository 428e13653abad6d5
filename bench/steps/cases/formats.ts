import { type Case, CLEAN, SHAPEFILE, TEXT, TYPED } from '../case.ts';

const NAMES = Array.from({ length: 20 }, (_, i) => `col_${i}`);
const TEN = Array.from({ length: 10 }, (_, i) => i);
const cleaned = (name: string, input: Case['input'], format: Case['format'], more: Partial<Case> = {}): Case => ({
  name,
  input,
  format,
  steps: [CLEAN],
  ...more,
});
const geometry = (of: Record<string, unknown>) => ({ geometry: { crs: 'EPSG:4326', ...of } });

const CSV: readonly Case[] = [
  cleaned('csv_typed_large', 'large.csv', TYPED),
  cleaned('csv_text_large', 'large.csv', TEXT),
  cleaned('csv_typed', 'table.csv', TYPED),
  { name: 'csv_text', input: 'table.csv', format: TEXT },
  cleaned('csv_some_text', 'table.csv', { type: 'csv', dtype: { Zip: 'str', Boro: 'str', Code: 'str' } }),
  cleaned('csv_some_numbers', 'table.csv', {
    type: 'csv',
    dtype: { ID: 'Int64', Latitude: 'float64', 'Number 4': 'Int64' },
  }),
  cleaned('csv_gzip_typed', 'table.csv.gz', TYPED),
  cleaned('csv_gzip_text', 'table.csv.gz', TEXT),
  cleaned('csv_zip', 'table.zip', { ...TYPED, unzipped_filename: 'table.csv' }, { floor: null }),
  cleaned('csv_quoted', 'quoted.csv', TYPED),
  cleaned('csv_line_breaks', 'breaks.csv', TYPED),
  cleaned('csv_latin_1_typed', 'latin1.csv', { ...TYPED, encoding: 'latin-1' }),
  cleaned('csv_latin_1_text', 'latin1.csv', { ...TEXT, encoding: 'ISO-8859-1' }),
  { name: 'csv_pipes_names', input: 'pipes.txt', format: { ...TEXT, delimiter: '|', names: NAMES } },
  {
    name: 'csv_pipes_no_quotes',
    input: 'pipes.txt',
    format: { ...TEXT, delimiter: '|', header: null, names: NAMES, quoting: 3 },
  },
  {
    name: 'csv_three_columns',
    input: 'pipes.txt',
    format: { ...TEXT, delimiter: '|', names: ['a', 'b', 'c'], usecols: [0, 3, 5] },
    floor: 'SELECT column00, column03, column05 FROM raw',
  },
  { name: 'csv_numbers_with_gaps', input: 'numbers.csv', format: TYPED },
  { name: 'csv_parse_dates', input: 'dates.csv', format: { ...TYPED, parse_dates: ['us', 'iso'] } },
  { name: 'csv_thousands', input: 'numbers.csv', format: { ...TYPED, thousands: ',' } },
  cleaned('csv_first_rows', 'table.csv', { ...TYPED, nrows: 100_000 }, { floor: 'SELECT * FROM raw LIMIT 100000' }),
  cleaned('csv_skip_rows', 'table.csv', { ...TYPED, skiprows: 1, header: null, names: NAMES }),
];

const BOOKS: readonly Case[] = [
  cleaned('xlsx_many_rows', 'lots.xlsx', { type: 'xlsx', sheet_name: 'lots' }, { floor: null }),
  cleaned('xlsx_many_columns', 'table.xlsx', { type: 'xlsx', sheet_name: 'data' }, { floor: null }),
  cleaned('xlsx_text', 'table.xlsx', { type: 'xlsx', sheet_name: 'data', dtype: 'str' }, { floor: null }),
  {
    name: 'xlsx_ten_sheets',
    input: 'sheets.xlsx',
    format: {},
    datasets: TEN.map((i) => ({ format: { type: 'xlsx', sheet_name: `sheet${i}` }, steps: [CLEAN] })),
    floor: null,
  },
  cleaned('xls', 'old.xls', { type: 'xlsx', sheet_name: 'data' }, { floor: null }),
  cleaned('html', 'table.html', { type: 'html', kwargs: { header: 0 } }, { floor: null }),
];

const JSONS: readonly Case[] = [
  cleaned('json_read', 'records.json', { type: 'json', json_read_fn: 'read_json' }),
  cleaned('json_normalize', 'records.json', { type: 'json', json_read_fn: 'normalize' }),
  cleaned('json_normalize_nested', 'nested.json', { type: 'json', json_read_fn: 'normalize' }),
  cleaned('json_read_nested', 'nested.json', { type: 'json', json_read_fn: 'read_json' }),
  cleaned(
    'json_record_path',
    'path.json',
    { type: 'json', json_read_fn: 'normalize', json_read_kwargs: { record_path: ['data', 'items'] } },
    { floor: 'SELECT unnest(items, recursive := true) FROM (SELECT unnest(data.items) AS items FROM raw)' },
  ),
];

const LAYERS: readonly Case[] = [
  cleaned('geojson_points', 'points.geojson', { type: 'geojson' }),
  cleaned('geojson_polygons', 'polygons.geojson', { type: 'geojson' }),
  cleaned('geojson_wide', 'wide.geojson', { type: 'geojson' }),
  cleaned('geojson_one_line', 'socrata.geojson', { type: 'geojson' }, { targetCrs: 'EPSG:4326' }),
  cleaned('geojson_varying', 'varying.geojson', { type: 'geojson' }),
  cleaned('shapefile_points', 'points.zip', SHAPEFILE),
  cleaned('shapefile_polygons', 'polygons.zip', SHAPEFILE),
  cleaned('shapefile_wide', 'wide.zip', SHAPEFILE),
  cleaned('geodatabase', 'lots.gdb.zip', { type: 'geodatabase', layer: 'lots', crs: 'EPSG:4326' }),
  {
    name: 'geodatabase_ten_layers',
    input: 'layers.gdb.zip',
    format: {},
    datasets: TEN.map((i) => ({
      format: { type: 'geodatabase', layer: `layer${i}`, crs: 'EPSG:4326' },
      steps: [CLEAN],
    })),
  },
  cleaned('parquet', 'plain.parquet', { type: 'parquet' }),
  {
    name: 'parquet_wkb',
    input: 'wkb.parquet',
    format: { type: 'parquet', ...geometry({ geom_column: 'wkb_geometry', format: 'wkb' }) },
  },
  {
    name: 'parquet_geo',
    input: 'geo.parquet',
    format: { type: 'parquet', ...geometry({ geom_column: 'geometry', format: 'wkb' }) },
  },
];

const point = `ST_Point(CAST(longitude AS DOUBLE), CAST(latitude AS DOUBLE))`;
/** Geometry that stands in columns. */
const COLUMNS: readonly Case[] = [
  {
    name: 'geometry_wkt',
    input: 'wkt.csv',
    format: { ...TYPED, ...geometry({ geom_column: 'the_geom' }) },
    floor: 'SELECT * REPLACE (ST_GeomFromText(the_geom) AS the_geom) FROM raw',
  },
  {
    name: 'geometry_wkb_hex',
    input: 'wkb.csv',
    format: { ...TYPED, ...geometry({ geom_column: 'the_geom', format: 'wkb' }) },
    floor: 'SELECT * REPLACE (ST_GeomFromHEXWKB(the_geom) AS the_geom) FROM raw',
  },
  {
    name: 'geometry_xy',
    input: 'places.csv',
    format: { ...TYPED, ...geometry({ geom_column: { x: 'longitude', y: 'latitude' } }) },
    floor: `SELECT *, ${point} AS geom FROM raw`,
  },
  {
    name: 'geometry_xy_text',
    input: 'places.csv',
    format: { ...TEXT, ...geometry({ geom_column: { x: 'longitude', y: 'latitude' } }) },
    floor: `SELECT *, ${point} AS geom FROM raw`,
  },
  {
    name: 'geometry_point_text',
    input: 'places.csv',
    format: { ...TYPED, ...geometry({ geom_column: 'position', format: { point_xy_str: '(y, x)' } }) },
    floor: `SELECT * EXCLUDE (position), ST_Point(CAST(split_part(trim(position, '()'), ', ', 2) AS DOUBLE), CAST(split_part(trim(position, '()'), ', ', 1) AS DOUBLE)) AS geom FROM raw`,
  },
  {
    name: 'geometry_wkt_points',
    input: 'places.csv',
    format: { ...TYPED, ...geometry({ geom_column: 'wkt' }) },
    floor: 'SELECT * REPLACE (ST_GeomFromText(wkt) AS wkt) FROM raw',
  },
];

export const FORMAT_CASES: readonly Case[] = [...CSV, ...BOOKS, ...JSONS, ...LAYERS, ...COLUMNS];
