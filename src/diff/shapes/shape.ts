/** A geometry as its linework: what it consists of, not how it is nested. */
export interface Shape {
  hasZ: boolean;
  parts: Part[];
}

export interface Part {
  /** All points of a geometry are one part. */
  kind: 'points' | 'line' | 'ring';
  /** A ring that takes away. */
  isHole: boolean;
  /** x, y, z of each point; z is 0 where there is none. A ring does not repeat its first point. */
  points: Float64Array;
}

/** Types of WKB by their number; above 1,000 they have further dimensions (ISO), flags say the same (EWKB). */
const POINT = 1;
const LINE = 2;
const POLYGON = 3;
const COLLECTION = 7;
const EWKB_Z = 0x80000000;
const EWKB_M = 0x40000000;
const EWKB_SRID = 0x20000000;
export const STRIDE = 3;

class Reader {
  readonly #view: DataView;
  #at = 0;
  readonly shape: Shape = { hasZ: false, parts: [] };
  readonly #points: number[] = [];

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#geometry();
    if (this.#points.length > 0) this.#add('points', false, Float64Array.from(this.#points));
  }

  #add(kind: Part['kind'], isHole: boolean, points: Float64Array): void {
    if (points.length > 0) this.shape.parts.push({ kind, isHole, points });
  }

  #uint32(isLittle: boolean): number {
    const value = this.#view.getUint32(this.#at, isLittle);
    this.#at += 4;
    return value;
  }

  #geometry(): void {
    const isLittle = this.#view.getUint8(this.#at++) === 1;
    const type = this.#uint32(isLittle);
    const dimensions = Math.floor((type & 0xffff) / 1000);
    const hasZ = (type & EWKB_Z) !== 0 || dimensions === 1 || dimensions === 3;
    const hasM = (type & EWKB_M) !== 0 || dimensions >= 2;
    if ((type & EWKB_SRID) !== 0) this.#uint32(isLittle);
    const kind = (type & 0xffff) % 1000;
    this.shape.hasZ ||= hasZ;
    const coordinates = (n: number) => this.#coordinates(n, isLittle, hasZ, hasM);
    if (kind === POINT) {
      const [x, y, z] = coordinates(1);
      // An empty point is one of NaNs.
      if (!Number.isNaN(x)) this.#points.push(x!, y!, z!);
    } else if (kind === LINE) {
      this.#add('line', false, coordinates(this.#uint32(isLittle)));
    } else if (kind === POLYGON) {
      const rings = this.#uint32(isLittle);
      for (let i = 0; i < rings; i++) this.#add('ring', i > 0, opened(coordinates(this.#uint32(isLittle))));
    } else if (kind <= COLLECTION) {
      const geometries = this.#uint32(isLittle);
      for (let i = 0; i < geometries; i++) this.#geometry();
    } else {
      throw new Error(`WKB of type ${kind} is not known`);
    }
  }

  #coordinates(n: number, isLittle: boolean, hasZ: boolean, hasM: boolean): Float64Array {
    const points = new Float64Array(n * STRIDE);
    for (let i = 0; i < n; i++) {
      points[i * STRIDE] = this.#view.getFloat64(this.#at, isLittle);
      points[i * STRIDE + 1] = this.#view.getFloat64(this.#at + 8, isLittle);
      if (hasZ) points[i * STRIDE + 2] = this.#view.getFloat64(this.#at + 16, isLittle);
      this.#at += 8 * (2 + Number(hasZ) + Number(hasM));
    }
    return points;
  }
}

/** A ring without the repetition of its first point. */
function opened(ring: Float64Array): Float64Array {
  const last = ring.length - STRIDE;
  if (last <= 0) return ring;
  for (let i = 0; i < STRIDE; i++) if (ring[i] !== ring[last + i]) return ring;
  return ring.subarray(0, last);
}

/** Reads WKB, with or without Z and M; M is passed over. @throws Error where it is cut short or of an unknown type */
export function shapeOf(wkb: Uint8Array): Shape {
  return new Reader(wkb).shape;
}
