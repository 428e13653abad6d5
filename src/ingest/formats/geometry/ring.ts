import { isClosed, type Part, type Shape } from './shape.ts';

/** GDAL's questions to a ring (OGRLinearRing), answered as it answers them, so that rings are put together alike. */
export interface Ring extends Part {
  /** In the order of the file. */
  index: number;
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
  area: number;
  isClockwise: boolean;
}

export function ringOf(shape: Shape, part: Part, index: number): Ring {
  const { xy } = shape;
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = part.start; i < part.end; i++) {
    const [x, y] = [xy[2 * i]!, xy[2 * i + 1]!];
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  const area = isClosed(shape, part) ? Math.abs(twiceArea(shape, part)) / 2 : 0;
  return { ...part, index, minX, minY, maxX, maxY, area, isClockwise: isClockwise(shape, part) };
}

/** Twice the area, below zero for a ring that turns clockwise. */
function twiceArea({ xy }: Shape, { start, end }: Part): number {
  const last = end - 1;
  let sum = xy[2 * start]! * (xy[2 * start + 3]! - xy[2 * last + 1]!);
  for (let i = start + 1; i < last; i++) sum += xy[2 * i]! * (xy[2 * i + 3]! - xy[2 * i - 1]!);
  return sum + xy[2 * last]! * (xy[2 * start + 1]! - xy[2 * last - 1]!);
}

const CLOSE = 1e-5;

/** By the turn at the lowest point, the rightmost of several; by the area where that point has a near twin. */
function isClockwise(shape: Shape, part: Part): boolean {
  const { xy } = shape;
  const { start, end } = part;
  // What is no ring decides nothing.
  if (end - start < 4) return false;
  let pivot = start;
  let isDoubtful = false;
  for (let i = start + 1; i < end - 1; i++) {
    const [x, y, px, py] = [xy[2 * i]!, xy[2 * i + 1]!, xy[2 * pivot]!, xy[2 * pivot + 1]!];
    if (y < py || (y === py && x > px)) {
      pivot = i;
      isDoubtful = false;
    } else if (y === py && x === px) isDoubtful = true;
  }
  const before = pivot === start ? end - 2 : pivot - 1;
  const after = pivot + 1 >= end - 1 ? start : pivot + 1;
  const dx0 = xy[2 * before]! - xy[2 * pivot]!;
  const dy0 = xy[2 * before + 1]! - xy[2 * pivot + 1]!;
  const dx1 = xy[2 * after]! - xy[2 * pivot]!;
  const dy1 = xy[2 * after + 1]! - xy[2 * pivot + 1]!;
  const isNear = (dx: number, dy: number) => Math.abs(dx) < CLOSE && Math.abs(dy) < CLOSE;
  const turn = dx1 * dy0 - dx0 * dy1;
  if (!isDoubtful && !isNear(dx0, dy0) && !isNear(dx1, dy1) && turn !== 0) return turn < 0;
  return twiceArea(shape, part) < 0;
}

/** Whether a point lies inside, by the number of edges to its right. */
export function isInside({ xy }: Shape, { start, end }: Part, x: number, y: number): boolean {
  if (end - start < 4) return false;
  let isOdd = false;
  let dx0 = xy[2 * start]! - x;
  let dy0 = xy[2 * start + 1]! - y;
  for (let i = start + 1; i < end; i++) {
    const dx1 = xy[2 * i]! - x;
    const dy1 = xy[2 * i + 1]! - y;
    if (((dy1 > 0 && dy0 <= 0) || (dy0 > 0 && dy1 <= 0)) && (dx1 * dy0 - dx0 * dy1) / (dy0 - dy1) > 0) isOdd = !isOdd;
    dx0 = dx1;
    dy0 = dy1;
  }
  return isOdd;
}

function isOnBoundary({ xy }: Shape, { start, end }: Part, x: number, y: number): boolean {
  if (end - start < 4) return false;
  let dx0 = xy[2 * start]! - x;
  let dy0 = xy[2 * start + 1]! - y;
  for (let i = start + 1; i < end; i++) {
    const dx1 = xy[2 * i]! - x;
    const dy1 = xy[2 * i + 1]! - y;
    // On the line of the edge, and between its ends.
    if (dx1 * dy0 === dx0 * dy1 && dx0 * dx1 <= 0 && dy0 * dy1 <= 0 && !(dx1 === dx0 && dy1 === dy0)) return true;
    dx0 = dx1;
    dy0 = dy1;
  }
  return false;
}

/** Whether a ring lies in another one, by its first point that is not on the other's boundary. */
export function liesIn(shape: Shape, ring: Ring, other: Ring): boolean {
  const { xy } = shape;
  const [x, y] = [xy[2 * ring.start]!, xy[2 * ring.start + 1]!];
  if (!isOnBoundary(shape, other, x, y)) return isInside(shape, other, x, y);
  for (const middle of [false, true]) {
    let [px, py] = [x, y];
    for (let i = ring.start + 1; i < ring.end; i++) {
      const [qx, qy] = [xy[2 * i]!, xy[2 * i + 1]!];
      if (qx === px && qy === py) continue;
      const [tx, ty] = middle ? [(qx + px) / 2, (qy + py) / 2] : [qx, qy];
      if (!isOnBoundary(shape, other, tx, ty)) return isInside(shape, other, tx, ty);
      [px, py] = [qx, qy];
    }
  }
  return false;
}
