import { type Case, CLEAN, onColumn, SHAPEFILE, type Step, step, TYPED } from '../case.ts';

const polygons = (name: string, steps: readonly Step[], more: Partial<Case> = {}): Case => ({
  name,
  input: 'polygons.zip',
  format: SHAPEFILE,
  steps,
  ...more,
});
const points = (name: string, steps: readonly Step[], more: Partial<Case> = {}): Case => ({
  ...polygons(name, steps, more),
  input: 'points.zip',
});
const MULTI = step('multi');
const AS_WKB = step('rename_columns', { map: { geom: 'wkb_geometry' } });
const LOCAL = { targetCrs: 'EPSG:2263' };
const TO_LOCAL = `ST_Transform(geom, 'EPSG:4326', 'EPSG:2263', always_xy := true)`;
const anew = (sql: string) => `SELECT * REPLACE (${sql} AS geom) FROM raw`;
const method = (name: string, args: Record<string, unknown>, floor: string) =>
  polygons(`geometry_${name}`, [onColumn('geom', name, { geo: true, ...args })], { floor: anew(floor) });

export const GEOMETRY_CASES: readonly Case[] = [
  polygons('geometry_multi', [MULTI], { floor: anew('ST_Multi(geom)') }),
  points('geometry_multi_points', [MULTI], { floor: anew('ST_Multi(geom)') }),
  polygons('geometry_reproject', [], { ...LOCAL, floor: anew(TO_LOCAL) }),
  points('geometry_reproject_points', [], { ...LOCAL, floor: anew(TO_LOCAL) }),
  polygons('geometry_reproject_multi', [MULTI, CLEAN], { ...LOCAL, floor: anew(`ST_Multi(${TO_LOCAL})`) }),
  {
    name: 'geometry_geodatabase_multi',
    input: 'lots.gdb.zip',
    format: { type: 'geodatabase', layer: 'lots', crs: 'EPSG:4326' },
    steps: [MULTI, CLEAN],
    ...LOCAL,
    floor: `SELECT * REPLACE (ST_Multi(${TO_LOCAL.replace('geom', 'SHAPE')}) AS SHAPE) FROM raw`,
  },
  {
    name: 'geometry_geojson_multi',
    input: 'polygons.geojson',
    format: { type: 'geojson' },
    steps: [MULTI, CLEAN, AS_WKB],
    ...LOCAL,
    floor: anew(`ST_Multi(${TO_LOCAL})`),
  },
  {
    name: 'geometry_one_line_multi',
    input: 'socrata.geojson',
    format: { type: 'geojson' },
    steps: [MULTI, CLEAN, AS_WKB],
    targetCrs: 'EPSG:4326',
  },
  method('force_2d', {}, 'ST_Force2D(geom)'),
  method('make_valid', {}, 'ST_MakeValid(geom)'),
  method('simplify', { tolerance: 0.0001 }, 'ST_SimplifyPreserveTopology(geom, 0.0001)'),
  method('buffer', { distance: 0.0001 }, 'ST_Buffer(geom, 0.0001, 16)'),
  {
    name: 'geometry_to_xy',
    input: 'places.csv',
    format: TYPED,
    steps: [step('convert_to_geometry', { geom_column: { x: 'longitude', y: 'latitude' }, crs: 'EPSG:4326' })],
    floor: 'SELECT *, ST_Point(longitude, latitude) AS geom FROM raw',
  },
  {
    name: 'geometry_to_wkt',
    input: 'wkt.csv',
    format: TYPED,
    steps: [step('convert_to_geometry', { geom_column: 'the_geom' })],
    floor: 'SELECT * REPLACE (ST_GeomFromText(the_geom) AS the_geom) FROM raw',
  },
  {
    name: 'geometry_xy_reproject',
    input: 'places.csv',
    format: { ...TYPED, geometry: { geom_column: { x: 'longitude', y: 'latitude' }, crs: 'EPSG:4326' } },
    steps: [CLEAN],
    ...LOCAL,
    floor: `SELECT *, ST_Transform(ST_Point(longitude, latitude), 'EPSG:4326', 'EPSG:2263', always_xy := true) AS geom FROM raw`,
  },
  points('geometry_deduplicate', [step('deduplicate')], { floor: 'SELECT DISTINCT * FROM raw' }),
  polygons('geometry_sort', [step('sort', { by: ['Name'] })], { floor: 'SELECT * FROM raw ORDER BY Name' }),
  polygons('geometry_filter', [step('filter_rows', { type: 'contains', column_name: 'Name', val: 'block 1' })], {
    floor: `SELECT * FROM raw WHERE contains(Name, 'block 1')`,
  }),
];
