import { LifecycleError } from '../../../errors.ts';
import { organise } from '../geometry/organise.ts';
import { isClosed, type Part, partsOf, Shape } from '../geometry/shape.ts';
import { WkbWriter } from '../geometry/wkb.ts';
import { Broken, type Cursor } from './bytes.ts';
import { readCurve, withCurves } from './curves.ts';
import type { Grid } from './fields.ts';

type Kind = 'point' | 'multiPoint' | 'line' | 'polygon' | 'multiPatch';

/** Types of shapes by their number (ESRI's extended shapefile format), and which coordinates they have beside x and y. */
const KINDS: Readonly<Record<number, readonly [Kind, others?: 'z' | 'm' | 'zm']>> = {
  1: ['point'],
  9: ['point', 'z'],
  11: ['point', 'zm'],
  21: ['point', 'm'],
  52: ['point'],
  8: ['multiPoint'],
  18: ['multiPoint', 'zm'],
  20: ['multiPoint', 'z'],
  28: ['multiPoint', 'm'],
  3: ['line'],
  10: ['line', 'z'],
  13: ['line', 'zm'],
  23: ['line', 'm'],
  50: ['line'],
  5: ['polygon'],
  15: ['polygon', 'zm'],
  19: ['polygon', 'z'],
  25: ['polygon', 'm'],
  51: ['polygon'],
  31: ['multiPatch', 'zm'],
  32: ['multiPatch', 'z'],
  54: ['multiPatch'],
};

/** Marks of the types from 50 on: bits of their number. */
const WITH_Z = 2 ** 31;
const WITH_M = 2 ** 30;
const WITH_CURVES = 2 ** 29;
const hasBit = (type: number, bit: number) => Math.floor(type / bit) % 2 === 1;

interface Dimensions {
  hasZ: boolean;
  hasM: boolean;
  hasCurves: boolean;
}

/** Turns the geometries of a table into WKB: polygons and lines are always multiple, curves become short segments. */
export class GeometryReader {
  readonly #grid: Grid;
  #shape = new Shape();
  readonly #wkb = new WkbWriter();

  constructor(grid: Grid) {
    this.#grid = grid;
  }

  /**
   * The WKB of the geometry that follows, good until the next; undefined for none.
   *
   * @throws Broken
   * @throws LifecycleError ING_BAD_GEOMETRY
   */
  read(cursor: Cursor): Uint8Array | undefined {
    const type = cursor.varuint();
    if (type === 0) return undefined;
    const [kind, others = ''] = KINDS[type % 256] ?? [];
    if (!kind) throw new Broken(`there is no geometry of type ${type}`);
    const hasZ = others.startsWith('z') || hasBit(type, WITH_Z);
    const hasM = others.endsWith('m') || hasBit(type, WITH_M);
    if (kind === 'multiPatch') throw multiPatch();
    if (kind === 'point') this.#readPoint(cursor, hasZ);
    else if (kind === 'multiPoint') this.#readMultiPoint(cursor, hasZ);
    else this.#readParts(cursor, kind, { hasZ, hasM, hasCurves: hasBit(type, WITH_CURVES) });
    return this.#wkb.result;
  }

  #readPoint(cursor: Cursor, hasZ: boolean): void {
    const { xOrigin, yOrigin, xyScale, zOrigin, zScale } = this.#grid;
    // One more than the number on the grid; 0 stands for nothing.
    const coordinate = (origin: number, scale: number) => {
      const value = cursor.varuint();
      return value === 0 ? Number.NaN : (value - 1) / scale + origin;
    };
    const shape = this.#shape;
    shape.begin(1);
    shape.xy[0] = coordinate(xOrigin, xyScale);
    shape.xy[1] = coordinate(yOrigin, xyScale);
    if (hasZ) shape.z[0] = coordinate(zOrigin, zScale);
    this.#wkb.begin(hasZ).point(shape);
  }

  #readMultiPoint(cursor: Cursor, hasZ: boolean): void {
    this.#begin(cursor, cursor.varuint());
    if (this.#shape.points > 0) {
      skip(cursor, 4);
      this.#readCoordinates(cursor, hasZ);
    }
    this.#wkb.begin(hasZ).multiPoint(this.#shape);
  }

  /** Every point takes two bytes at least, so that more than there can be need no memory. */
  #begin(cursor: Cursor, points: number): void {
    if (2 * points > cursor.end - cursor.at) throw new Broken(`it cannot hold ${points} points`);
    this.#shape.begin(points);
  }

  #readParts(cursor: Cursor, kind: 'line' | 'polygon', { hasZ, hasM, hasCurves }: Dimensions): void {
    const points = cursor.varuint();
    this.#begin(cursor, points);
    const parts = points === 0 ? 0 : cursor.varuint();
    if (parts > cursor.end - cursor.at) throw new Broken(`it cannot hold ${parts} parts`);
    const curves = parts > 0 && hasCurves ? cursor.varuint() : 0;
    if (parts > 0) this.#readPartsOf(cursor, parts, hasZ);
    else this.#shape.starts = [];
    if (curves > 0) {
      if (hasM) skipMeasures(cursor, points);
      const read = Array.from({ length: curves }, () => readCurve(cursor));
      this.#shape = withCurves(this.#shape, read);
    }
    const filled = partsOf(this.#shape).filter(({ start, end }) => end > start);
    this.#wkb.begin(hasZ);
    if (kind === 'line') {
      if (filled.some(({ start, end }) => end - start < 2)) throw new Broken('it has a line of one point');
      this.#wkb.multiLineString(this.#shape, filled);
    } else this.#writePolygons(filled);
  }

  #readPartsOf(cursor: Cursor, parts: number, hasZ: boolean): void {
    // A box.
    skip(cursor, 4);
    const starts = [0];
    for (let i = 1; i < parts; i++) starts.push(starts.at(-1)! + cursor.varuint());
    if (starts.at(-1)! > this.#shape.points) throw new Broken('its parts have more points than it has');
    starts.push(this.#shape.points);
    this.#shape.starts = starts;
    this.#readCoordinates(cursor, hasZ);
  }

  #readCoordinates(cursor: Cursor, hasZ: boolean): void {
    const { xOrigin, yOrigin, xyScale, zOrigin, zScale } = this.#grid;
    const { xy, z, points } = this.#shape;
    let [x, y] = [0, 0];
    for (let i = 0; i < points; i++) {
      x += cursor.varint();
      y += cursor.varint();
      xy[2 * i] = x / xyScale + xOrigin;
      xy[2 * i + 1] = y / xyScale + yOrigin;
    }
    let height = 0;
    for (let i = 0; hasZ && i < points; i++) {
      height += cursor.varint();
      z[i] = height / zScale + zOrigin;
    }
  }

  #writePolygons(rings: readonly Part[]): void {
    for (const ring of rings) {
      if (ring.end - ring.start < 4 || !isClosed(this.#shape, ring))
        throw new LifecycleError('ING_BAD_GEOMETRY', 'a polygon of the geodatabase has a ring that is not closed', {
          hint: 'mend the polygon at its source: a ring has four points at least and ends where it begins',
        });
    }
    this.#wkb.multiPolygon(this.#shape, organise(this.#shape, rings, false));
  }
}

/** Stands in place of all measures where there are none. */
const NO_MEASURES = 66;

function skipMeasures(cursor: Cursor, points: number): void {
  if (cursor.bytes[cursor.at] === NO_MEASURES) cursor.take(1);
  else for (let i = 0; i < points; i++) while (cursor.byte() >= 0x80);
}

function skip(cursor: Cursor, numbers: number): void {
  for (let i = 0; i < numbers; i++) cursor.varuint();
}

function multiPatch(): LifecycleError {
  return new LifecycleError('ING_BAD_GEOMETRY', 'the layer holds multipatches, which are 3D surfaces', {
    hint: 'no dataset here can hold a 3D surface: ask the source for footprints (in ArcGIS, “Multipatch Footprint”)',
  });
}
