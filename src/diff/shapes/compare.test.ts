import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapeDistance } from './compare.ts';

type Ring = [x: number, y: number, z?: number][];

/** WKB of an ISO type; little endian unless said. */
function wkb(type: number, body: (write: Writer) => void, isLittle = true): Uint8Array {
  const write = new Writer(isLittle);
  write.head(type);
  body(write);
  return write.bytes();
}

class Writer {
  readonly #parts: Buffer[] = [];
  readonly #isLittle: boolean;
  constructor(isLittle: boolean) {
    this.#isLittle = isLittle;
  }
  head(type: number): void {
    this.#parts.push(Buffer.from([this.#isLittle ? 1 : 0]));
    this.count(type);
  }
  count(n: number): void {
    const buffer = Buffer.alloc(4);
    if (this.#isLittle) buffer.writeUInt32LE(n);
    else buffer.writeUInt32BE(n);
    this.#parts.push(buffer);
  }
  numbers(...values: number[]): void {
    for (const value of values) {
      const buffer = Buffer.alloc(8);
      if (this.#isLittle) buffer.writeDoubleLE(value);
      else buffer.writeDoubleBE(value);
      this.#parts.push(buffer);
    }
  }
  ring(points: Ring): void {
    this.count(points.length);
    for (const point of points) this.numbers(...(point as number[]));
  }
  rings(rings: Ring[]): void {
    this.count(rings.length);
    for (const ring of rings) this.ring(ring);
  }
  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

const closed = (ring: Ring): Ring => [...ring, ring[0]!];
const polygon = (rings: Ring[], type = 3, isLittle = true) => wkb(type, (w) => w.rings(rings.map(closed)), isLittle);
const multi = (polygons: Ring[][]) =>
  wkb(6, (w) => {
    w.count(polygons.length);
    for (const rings of polygons) {
      w.head(3);
      w.rings(rings.map(closed));
    }
  });
const line = (points: Ring) => wkb(2, (w) => w.ring(points));
const point = (x: number, y: number) => wkb(1, (w) => w.numbers(x, y));

const square = (x = 0, y = 0, side = 100): Ring => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];
const turned = (ring: Ring, by: number): Ring => [...ring.slice(by), ...ring.slice(0, by)];
const jittered = (ring: Ring, by: number): Ring =>
  ring.map(([x, y], i) => [x + (i % 2 ? by : -by), y + (i % 3 ? -by : by)]);
const same = (a: Uint8Array, b: Uint8Array, tolerance = 0.001) => assert.equal(shapeDistance(a, b, tolerance), null);

test('a ring begun elsewhere, reversed or jittered is the same shape, also all three at once', () => {
  for (let by = 0; by < 4; by++) {
    same(polygon([square()]), polygon([turned(square(), by)]));
    same(polygon([square()]), polygon([turned(jittered(square(), 1e-7), by).toReversed()]));
  }
  same(polygon([square()]), polygon([square()], 3, false));
});

test('rings and parts in another order, a single part as a multi one, points on a straight line are the same shape', () => {
  const holes = [square(10, 10, 5), square(50, 50, 5)];
  same(polygon([square(), ...holes]), polygon([square(), ...holes.toReversed()]));
  same(multi([[square()], [square(500)]]), multi([[square(500)], [square()]]));
  same(polygon([square()]), multi([[square()]]));
  const more: Ring = [
    [0, 0],
    [50, 0],
    [100, 0],
    [100, 100],
    [100, 100],
    [0, 100],
  ];
  same(polygon([square()]), polygon([turned(more, 2)]));
});

test('what differs by more than the tolerance is told by its distance', () => {
  assert.equal(shapeDistance(polygon([square()]), polygon([square(3)]), 0.001), 3);
  const bulge = square().map(([x, y], i): [number, number] => (i === 2 ? [x + 3, y + 4] : [x, y]));
  assert.equal(shapeDistance(polygon([square()]), polygon([bulge]), 0.001), 5);
  assert.equal(shapeDistance(point(0, 0), point(3, 4), 4.9), 5);
  same(point(0, 0), point(3, 4), 5);
});

test('lines that lie on each other and are not the same are told apart: a gap, a hole that is filled', () => {
  const gap = wkb(5, (w) => {
    w.count(2);
    for (const ends of [
      [
        [0, 0],
        [1, 0],
      ],
      [
        [9, 0],
        [10, 0],
      ],
    ] as Ring[]) {
      w.head(2);
      w.ring(ends);
    }
  });
  assert.equal(
    shapeDistance(
      line([
        [0, 0],
        [10, 0],
      ]),
      gap,
      0.001,
    ),
    4,
  );
  assert.notEqual(
    shapeDistance(polygon([square(), square(10, 10, 5)]), multi([[square()], [square(10, 10, 5)]]), 0.001),
    null,
  );
  same(
    line([
      [0, 0],
      [10, 0],
    ]),
    line([
      [10, 0],
      [0, 0],
    ]),
  );
});

test('empty equals empty; other kinds, empty and not, and no finite numbers are infinitely far apart', () => {
  const empty = point(Number.NaN, Number.NaN);
  same(empty, polygon([], 3));
  assert.equal(shapeDistance(empty, point(1, 1), 1), Number.POSITIVE_INFINITY);
  assert.equal(shapeDistance(line(closed(square())), polygon([square()]), 1), Number.POSITIVE_INFINITY);
  assert.equal(shapeDistance(point(Number.POSITIVE_INFINITY, 0), point(1, 1), 1), Number.POSITIVE_INFINITY);
});

test('heights count where both have some', () => {
  const at = (z: number) => polygon([square().map(([x, y]): [number, number, number] => [x, y, z])], 1003);
  assert.equal(shapeDistance(at(1), at(3), 0.001), 2);
  same(at(1), at(1.0000001));
  same(at(1), polygon([square()]));
});

test('a large shape that moved is told in a moment', () => {
  const circle = (n: number, dx: number): Ring =>
    Array.from({ length: n }, (_, i) => [
      dx + 1000 * Math.cos((2 * Math.PI * i) / n),
      1000 * Math.sin((2 * Math.PI * i) / n),
    ]);
  const started = performance.now();
  const distance = shapeDistance(polygon([circle(20_000, 0)]), polygon([circle(18_000, 7)]), 0.001);
  assert.ok(Math.abs(distance! - 7) < 0.01, String(distance));
  assert.ok(performance.now() - started < 5000);
});
