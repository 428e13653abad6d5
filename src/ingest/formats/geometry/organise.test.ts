import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTime } from '../../../../test/fixtures/cpu-time.ts';
import { organise } from './organise.ts';
import { partsOf, Shape } from './shape.ts';

type Square = [x: number, y: number, side: number, isClockwise: boolean];

/** A shape of squares, put together; each polygon is told by the numbers of its rings. */
function organised(squares: readonly Square[], byOrientation: boolean): number[][] {
  const shape = new Shape();
  shape.begin(5 * squares.length);
  shape.starts = Array.from({ length: squares.length + 1 }, (_, i) => 5 * i);
  for (const [i, [x, y, side, isClockwise]] of squares.entries()) {
    const corners = [x, y, x, y + side, x + side, y + side, x + side, y, x, y];
    const points = Array.from({ length: 5 }, (_, k) => corners.slice(2 * k, 2 * k + 2));
    shape.xy.set((isClockwise ? points : points.toReversed()).flat(), 10 * i);
  }
  return organise(shape, partsOf(shape), byOrientation).map((rings) => rings.map(({ start }) => start / 5));
}

test('by direction: shells turn clockwise, and each hole goes to the smallest shell around it', () => {
  const squares: Square[] = [
    [0, 0, 100, true],
    [10, 10, 20, false],
    [200, 0, 50, true],
    [210, 10, 5, false],
    [50, 50, 40, true],
    [55, 55, 5, false],
  ];
  assert.deepEqual(organised(squares, true), [
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
});

test('by place alone: what lies in a shell is a hole, what lies in a hole a shell, however they turn', () => {
  const squares: Square[] = [
    [0, 0, 100, false],
    [10, 10, 50, false],
    [20, 20, 20, true],
    [200, 0, 10, false],
  ];
  assert.deepEqual(organised(squares, false), [[0, 1], [2], [3]]);
});

test('a ring that touches its shell from within is a hole, from without a shell', () => {
  const touching = (x: number): Square[] => [
    [0, 0, 100, true],
    [x, 40, 10, false],
  ];
  assert.deepEqual(organised(touching(90), false), [[0, 1]]);
  assert.deepEqual(organised(touching(100), false), [[0], [1]]);
});

test('20,000 shells with a hole each take no time that matters', () => {
  const squares = Array.from({ length: 20_000 }, (_, i): Square[] => {
    const [x, y] = [10 * (i % 200), 10 * Math.floor(i / 200)];
    return [
      [x, y, 9, true],
      [x + 3, y + 3, 2, false],
    ];
  }).flat();
  const started = cpuTime();
  const polygons = organised(squares, true);
  assert.equal(polygons.length, 20_000);
  assert.ok(polygons.every((rings) => rings.length === 2 && rings[1] === rings[0]! + 1));
  assert.ok(cpuTime() - started < 5_000);
});
