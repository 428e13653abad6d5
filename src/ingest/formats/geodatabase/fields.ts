import { Broken, type Cursor } from './bytes.ts';

/** Types of fields by their numbers in a .gdbtable file; from `int64` on those that came with ArcGIS Pro 3.2. */
const FIELD_TYPES = [
  'int16',
  'int32',
  'float',
  'double',
  'text',
  'moment',
  'objectId',
  'geometry',
  'binary',
  'raster',
  'guid',
  'globalId',
  'xml',
  'int64',
  'date',
  'time',
  'momentWithOffset',
] as const;

type FieldType = (typeof FIELD_TYPES)[number];

export interface Field {
  name: string;
  type: FieldType;
  isNullable: boolean;
  /** Of a geometry. */
  grid?: Grid;
  /** Of a raster, where its bytes are. */
  raster?: 'external' | 'managed' | 'inline';
}

/** Coordinates are whole numbers on this grid. */
export interface Grid {
  xOrigin: number;
  yOrigin: number;
  xyScale: number;
  zOrigin: number;
  zScale: number;
  /** The coordinate system as the table itself has it. */
  wkt: string;
}

/** What a table says of all its geometries. */
interface GeometryFlags {
  hasZ: boolean;
  hasM: boolean;
}

const NULLABLE = 1;
const EDITABLE = 4;

/** @throws Broken */
export function readField(cursor: Cursor, flags: GeometryFlags): Field {
  const name = cursor.utf16(cursor.byte());
  // An alias.
  cursor.utf16(cursor.byte());
  const type = FIELD_TYPES[cursor.byte()];
  if (!type) throw new Broken('it has a field of an unknown type');
  if (type === 'geometry' || type === 'raster') return readSpatialField(cursor, name, type, flags);
  let given: number;
  let defaultBytes = 0;
  if (type === 'text') {
    cursor.take(4);
    given = cursor.byte();
    defaultBytes = cursor.varuint();
  } else {
    // A width.
    cursor.take(1);
    given = cursor.byte();
    const hasDefault = !['objectId', 'binary', 'guid', 'globalId', 'xml'].includes(type);
    if (hasDefault) defaultBytes = cursor.byte();
  }
  if ((given & EDITABLE) !== 0) cursor.take(defaultBytes);
  return { name, type, isNullable: (given & NULLABLE) !== 0 };
}

const HAS_M = 2;
const HAS_Z = 4;
const RASTERS = ['external', 'managed', 'inline'] as const;

function readSpatialField(cursor: Cursor, name: string, type: 'geometry' | 'raster', flags: GeometryFlags): Field {
  cursor.take(1);
  const isNullable = (cursor.byte() & NULLABLE) !== 0;
  if (type === 'raster') cursor.utf16(cursor.byte());
  const wktAt = cursor.take(2);
  const wkt = cursor.utf16(cursor.bytes.readUInt16LE(wktAt) >> 1);
  const given = cursor.byte();
  const grid: Grid = { xOrigin: 0, yOrigin: 0, xyScale: 1, zOrigin: 0, zScale: 1, wkt };
  const [hasM, hasZ] = [(given & HAS_M) !== 0, (given & HAS_Z) !== 0];
  if (type === 'geometry' || given > 0) {
    grid.xOrigin = cursor.double();
    grid.yOrigin = cursor.double();
    grid.xyScale = cursor.double();
    if (hasM) cursor.take(16);
    if (hasZ) [grid.zOrigin, grid.zScale] = [cursor.double(), cursor.double()];
    // Tolerances.
    cursor.take(8 * (1 + Number(hasM) + Number(hasZ)));
    if (!(grid.xyScale > 0)) throw new Broken('the grid of its coordinates has no size');
    if (!(grid.zScale > 0)) grid.zScale = 1;
  }
  if (type === 'raster') return { name, type, isNullable, raster: RASTERS[cursor.byte()] ?? 'inline' };
  // Boxes of everything, then the sizes of a spatial index.
  cursor.take(8 * (4 + 2 * Number(flags.hasZ) + 2 * Number(flags.hasM)) + 1);
  const sizes = cursor.int32();
  if (sizes < 1 || sizes > 3) throw new Broken('its spatial index has an impossible number of grids');
  cursor.take(8 * sizes);
  return { name, type, isNullable, grid };
}
