import type { Part, Shape } from './shape.ts';

export const WKB = {
  point: 1,
  lineString: 2,
  polygon: 3,
  multiPoint: 4,
  multiLineString: 5,
  multiPolygon: 6,
} as const;

/** ISO's mark of a third coordinate. */
const WITH_Z = 1000;
const FIRST_BYTES = 64 * 1024;

/** Writes one geometry after another as well-known binary, little-endian. */
export class WkbWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  #at = 0;
  #hasZ = false;

  /** What was written; good until the next geometry begins. */
  get result(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  begin(hasZ: boolean): this {
    this.#hasZ = hasZ;
    this.#at = 0;
    return this;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.byteLength);
  }

  /** What a geometry begins with; of several parts also their number. */
  head(type: number, count?: number): void {
    this.#reserve(9);
    this.#bytes[this.#at] = 1;
    this.#view.setUint32(this.#at + 1, type + (this.#hasZ ? WITH_Z : 0), true);
    this.#at += 5;
    if (count !== undefined) this.#count(count);
  }

  #count(count: number): void {
    this.#view.setUint32(this.#at, count, true);
    this.#at += 4;
  }

  #coordinates(shape: Shape, { start, end }: Part): void {
    if (!this.#hasZ) {
      const { buffer, byteOffset } = shape.xy;
      this.#bytes.set(new Uint8Array(buffer, byteOffset + 16 * start, 16 * (end - start)), this.#at);
      this.#at += 16 * (end - start);
      return;
    }
    for (let i = start; i < end; i++, this.#at += 24) {
      this.#view.setFloat64(this.#at, shape.xy[2 * i]!, true);
      this.#view.setFloat64(this.#at + 8, shape.xy[2 * i + 1]!, true);
      this.#view.setFloat64(this.#at + 16, shape.z[i]!, true);
    }
  }

  #sequence(shape: Shape, part: Part): void {
    this.#reserve(4 + 24 * (part.end - part.start));
    this.#count(part.end - part.start);
    this.#coordinates(shape, part);
  }

  point(shape: Shape, at = 0): void {
    this.head(WKB.point);
    this.#reserve(24);
    this.#coordinates(shape, { start: at, end: at + 1 });
  }

  lineString(shape: Shape, part: Part): void {
    this.head(WKB.lineString);
    this.#sequence(shape, part);
  }

  polygon(shape: Shape, rings: readonly Part[]): void {
    this.head(WKB.polygon, rings.length);
    for (const ring of rings) this.#sequence(shape, ring);
  }

  multiPoint(shape: Shape): void {
    this.head(WKB.multiPoint, shape.points);
    for (let i = 0; i < shape.points; i++) this.point(shape, i);
  }

  multiLineString(shape: Shape, parts: readonly Part[]): void {
    this.head(WKB.multiLineString, parts.length);
    for (const part of parts) this.lineString(shape, part);
  }

  multiPolygon(shape: Shape, polygons: readonly (readonly Part[])[]): void {
    this.head(WKB.multiPolygon, polygons.length);
    for (const rings of polygons) this.polygon(shape, rings);
  }
}
