import path from 'node:path';
import { LifecycleError } from '../../../errors.ts';
import { damaged } from '../damaged.ts';
import { organise } from '../geometry/organise.ts';
import { isClosed, type Part, partsOf, Shape } from '../geometry/shape.ts';
import { WkbWriter } from '../geometry/wkb.ts';
import type { StagedColumn } from '../staged/column.ts';
import { putPlainShape } from './plain-shape.ts';
import type { RecordBytes } from './shape-file.ts';
import { areShells } from './winding.ts';

/** Types of shapes without their dimension, which is added: 10 for Z, 20 for M. */
const NONE = 0;
const POINT = 1;
const LINE = 3;
const POLYGON = 5;
const MULTI_POINT = 8;
const MULTI_PATCH = 31;

const LAST_TYPE = 28;
const KINDS: ReadonlySet<number> = new Set([POINT, LINE, POLYGON, MULTI_POINT]);
const DOUBLE = 8;
const BOX_BYTES = 4 * DOUBLE;
const TYPE_BYTES = 4;

/** Whether shapes of a type have a third coordinate. */
export function hasZ(type: number): boolean {
  return type > 10 && type < 20;
}

/** Turns shapes into WKB. Measures are left out, as the department's engine does. */
export class ShapeReader {
  readonly #file: string;
  readonly #shape = new Shape();
  readonly #wkb = new WkbWriter();
  readonly #hasZ: boolean;

  /** @param type of all shapes: with their own types they may differ, but not in their dimension */
  constructor(file: string, type: number) {
    this.#file = file;
    if (type === MULTI_PATCH) throw multiPatch(file);
    this.#hasZ = hasZ(type);
  }

  /** Puts a shape into the column, as `read` has it. */
  put(record: number, place: RecordBytes, column: StagedColumn): void {
    if (!this.#hasZ && putPlainShape(place.bytes, place.start, place.end, column)) return;
    const wkb = this.read(record, place);
    if (wkb) column.addBytes(wkb);
    else column.addNull();
  }

  /**
   * The WKB of a shape, good until the next; undefined for none.
   *
   * @param record its place, from 0, for messages
   * @throws LifecycleError ING_BAD_FILE, ING_BAD_GEOMETRY
   */
  read(record: number, { bytes, start, end }: RecordBytes): Uint8Array | undefined {
    const broken = (what: string) => damaged(this.#file, `is damaged at shape ${record + 1}: ${what}`);
    if (end - start < TYPE_BYTES) throw broken(`it has ${end - start} bytes`);
    const type = bytes.readUInt32LE(start);
    if (type === NONE) return undefined;
    if (type === MULTI_PATCH) throw multiPatch(this.#file);
    const kind = type % 10;
    if (type > LAST_TYPE || !KINDS.has(kind)) throw broken(`there is no type ${type}`);
    const need = (length: number) => {
      if (length > end - start) throw broken(`it has ${end - start} bytes, where its points take ${length}`);
    };
    if (kind === POINT) {
      need(TYPE_BYTES + (hasZ(type) ? 3 : 2) * DOUBLE);
      this.#take(bytes, start + TYPE_BYTES, 1, hasZ(type) ? start + TYPE_BYTES + 2 * DOUBLE : undefined);
      this.#wkb.begin(this.#hasZ).point(this.#shape);
      return this.#wkb.result;
    }
    const counts = start + TYPE_BYTES + BOX_BYTES;
    need(counts - start + (kind === MULTI_POINT ? 4 : 8));
    const parts = kind === MULTI_POINT ? 0 : bytes.readUInt32LE(counts);
    const points = bytes.readUInt32LE(counts + (kind === MULTI_POINT ? 0 : 4));
    const firstPart = counts + (kind === MULTI_POINT ? 4 : 8);
    const firstPoint = firstPart + 4 * parts;
    const firstZ = firstPoint + 2 * DOUBLE * points + 2 * DOUBLE;
    need((hasZ(type) ? firstZ + DOUBLE * points : firstPoint + 2 * DOUBLE * points) - start);
    if (kind === MULTI_POINT ? points === 0 : parts === 0) return undefined;
    this.#take(bytes, firstPoint, points, hasZ(type) ? firstZ : undefined);
    if (kind === MULTI_POINT) {
      this.#wkb.begin(this.#hasZ).multiPoint(this.#shape);
      return this.#wkb.result;
    }
    const starts = Array.from({ length: parts }, (_, i) => bytes.readUInt32LE(firstPart + 4 * i));
    starts.push(points);
    if (starts.some((part, i) => i > 0 && part < starts[i - 1]!)) throw broken('its parts overlap');
    this.#shape.starts = starts;
    const filled = partsOf(this.#shape).filter((part) => part.end > part.start);
    if (kind === LINE) this.#writeLine(filled, record);
    else this.#writePolygon(filled, record, type === POLYGON);
    return this.#wkb.result;
  }

  #take(bytes: Buffer, firstPoint: number, points: number, firstZ: number | undefined): void {
    const shape = this.#shape;
    shape.begin(points);
    const { xy, z } = shape;
    new Uint8Array(xy.buffer).set(bytes.subarray(firstPoint, firstPoint + 2 * DOUBLE * points));
    if (firstZ === undefined) z.fill(0, 0, points);
    else new Uint8Array(z.buffer).set(bytes.subarray(firstZ, firstZ + DOUBLE * points));
  }

  #writeLine(parts: readonly Part[], record: number): void {
    if (parts.some(({ start, end }) => end - start < 2))
      throw this.#impossible(record, 'a line of one point', 'a line has two points at least');
    this.#wkb.begin(this.#hasZ);
    if (parts.length === 1) this.#wkb.lineString(this.#shape, parts[0]!);
    else this.#wkb.multiLineString(this.#shape, parts);
  }

  #impossible(record: number, what: string, rule: string): LifecycleError {
    return new LifecycleError('ING_BAD_GEOMETRY', `shape ${record + 1} of ${path.basename(this.#file)} has ${what}`, {
      hint: `mend it at its source: ${rule}`,
    });
  }

  #writePolygon(rings: readonly Part[], record: number, isPlain: boolean): void {
    if (rings.some((ring) => ring.end - ring.start < 4 || !isClosed(this.#shape, ring)))
      throw this.#impossible(
        record,
        'a ring that is not closed',
        'a ring has four points at least and ends where it begins',
      );
    const polygons =
      rings.length < 2 ? [rings] : organise(this.#shape, rings, !(isPlain && areShells(this.#shape, rings)));
    this.#wkb.begin(this.#hasZ);
    if (polygons.length === 1) this.#wkb.polygon(this.#shape, polygons[0]!);
    else this.#wkb.multiPolygon(this.#shape, polygons);
  }
}

function multiPatch(file: string): LifecycleError {
  return new LifecycleError('ING_BAD_GEOMETRY', `${path.basename(file)} holds multipatches, which are 3D surfaces`, {
    hint: 'no dataset here can hold a 3D surface: ask the source for footprints (in ArcGIS, “Multipatch Footprint”)',
  });
}
