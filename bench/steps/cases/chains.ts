import { type Case, CLEAN, coerce, onColumn, onTable, SHAPEFILE, step, TEXT } from '../case.ts';

const LAST = [step('update_column', { column_name: 'version', val: 'x' })];

/** Ten steps, as templates of the field have them. */
export const CHAIN_CASES: readonly Case[] = [
  {
    name: 'chain_of_ten',
    input: 'table.csv',
    format: TEXT,
    steps: [
      CLEAN,
      step('rename_columns', { map: { boro: 'borough' } }),
      step('strip_columns'),
      coerce({ id: 'integer', latitude: 'numeric', opened: 'date' }, 'coerce'),
      onColumn('name', 'str.replace', { pat: 'street', repl: 'st' }),
      onTable('replace', { to_replace: '\\xa0', value: '', regex: true }),
      step('filter_rows', { type: 'contains', column_name: 'text_2', val: 'a' }),
      step('deduplicate', { by: ['id'] }),
      ...LAST,
      step('drop_columns', { columns: ['constant'] }),
    ],
    floor: `SELECT DISTINCT ON (CAST(ID AS INTEGER)) * REPLACE (CAST(Latitude AS DOUBLE) AS Latitude, CAST(Opened AS DATE) AS Opened, replace(Name, 'street', 'st') AS Name)
      FROM (SELECT trim(COLUMNS(* EXCLUDE ("Constant"))) FROM raw) WHERE contains("Text 2", 'a')`,
  },
  {
    name: 'chain_of_ten_geographic',
    input: 'polygons.zip',
    format: SHAPEFILE,
    targetCrs: 'EPSG:2263',
    steps: [
      CLEAN,
      step('multi'),
      step('rename_columns', { map: { name: 'title' } }),
      step('strip_columns', { cols: ['title'] }),
      coerce({ bbl: 'string', built: 'date' }, 'coerce'),
      onColumn('title', 'str.upper'),
      step('filter_rows', { type: 'contains', column_name: 'title', val: 'LOT' }),
      step('sort', { by: ['bbl'] }),
      ...LAST,
      step('drop_columns', { columns: ['code'] }),
    ],
    floor: `SELECT * EXCLUDE (Code) REPLACE (upper(Name) AS Name, ST_Multi(ST_Transform(geom, 'EPSG:4326', 'EPSG:2263', always_xy := true)) AS geom)
      FROM raw ORDER BY BBL`,
  },
];
