import { Nearest } from './nearest.ts';
import { type Part, type Shape, STRIDE, shapeOf } from './shape.ts';

/**
 * Whether two geometries, as WKB, are the same shape. Where a ring begins, which way it runs, in which order rings and
 * parts stand, whether a single part is a multi one, and points between others on a straight line do not matter. Heights
 * count where both have some.
 *
 * @param tolerance in units of the coordinates
 * @returns null where they are; else how far apart they are, the largest distance of a place of one from the other;
 *   Infinity where one is empty, or they are of other kinds (points, lines, areas) or hold no finite numbers
 */
export function shapeDistance(a: Uint8Array, b: Uint8Array, tolerance: number): number | null {
  const [first, second] = [shapeOf(a), shapeOf(b)];
  if (first.parts.length === 0 && second.parts.length === 0) return null;
  if (kindsOf(first) !== kindsOf(second) || !allFinite(first) || !allFinite(second)) return Number.POSITIVE_INFINITY;
  const hasZ = first.hasZ && second.hasZ;
  if (partsMatch(first.parts, second.parts, tolerance, hasZ)) return null;
  const trees = [new Nearest(first.parts, hasZ), new Nearest(second.parts, hasZ)] as const;
  const distance = Math.max(farthest(first, trees[1], hasZ), farthest(second, trees[0], hasZ));
  return distance <= tolerance && measuresMatch(first, second, tolerance) ? null : distance;
}

function kindsOf({ parts }: Shape): string {
  return [...new Set(parts.map(({ kind }) => kind))].sort().join();
}

function allFinite({ parts }: Shape): boolean {
  return parts.every(({ points }) => points.every(Number.isFinite));
}

/** Part by part and point by point: what most shapes that are the same are, and quickly told. */
function partsMatch(a: readonly Part[], b: readonly Part[], tolerance: number, hasZ: boolean): boolean {
  if (a.length !== b.length) return false;
  const free = new Set(b);
  const match = (part: Part, other: Part) => free.has(other) && pointsMatch(part, other, tolerance, hasZ);
  return a.every((part, i) => {
    const found = match(part, b[i]!) ? b[i]! : [...free].find((other) => match(part, other));
    return found !== undefined && free.delete(found);
  });
}

function pointsMatch(a: Part, b: Part, tolerance: number, hasZ: boolean): boolean {
  if (a.kind !== b.kind || a.isHole !== b.isHole || a.points.length !== b.points.length) return false;
  const n = a.points.length / STRIDE;
  const dimensions = hasZ ? 3 : 2;
  const isNear = (i: number, j: number) => {
    let squared = 0;
    for (let axis = 0; axis < dimensions; axis++)
      squared += (a.points[i * STRIDE + axis]! - b.points[j * STRIDE + axis]!) ** 2;
    return squared <= tolerance * tolerance;
  };
  const runs = (start: number, step: 1 | -1) => {
    for (let i = 1; i < n; i++) if (!isNear(i, (start + step * i + n) % n)) return false;
    return true;
  };
  if (a.kind === 'points') return isNear(0, 0) && runs(0, 1);
  if (a.kind === 'line') return (isNear(0, 0) && runs(0, 1)) || (isNear(0, n - 1) && runs(n - 1, -1));
  for (let start = 0; start < n; start++) {
    if (isNear(0, start) && (runs(start, 1) || runs(start, -1))) return true;
  }
  return false;
}

/** The largest distance of the shape's points, and of the places halfway between them, from the other shape. */
function farthest({ parts }: Shape, other: Nearest, hasZ: boolean): number {
  let most = 0;
  for (const { kind, points } of parts) {
    const n = points.length / STRIDE;
    for (let i = 0; i < n; i++) {
      const at = i * STRIDE;
      const [x, y, z] = [points[at]!, points[at + 1]!, hasZ ? points[at + 2]! : 0];
      most = Math.max(most, other.from(x, y, z));
      if (kind === 'points' || (kind === 'line' && i === n - 1)) continue;
      const next = ((i + 1) % n) * STRIDE;
      const [x2, y2, z2] = [points[next]!, points[next + 1]!, hasZ ? points[next + 2]! : 0];
      most = Math.max(most, other.from((x + x2) / 2, (y + y2) / 2, (z + z2) / 2));
    }
  }
  return most;
}

/** Lines that lie on each other may still enclose something else, or run further: an area filled or a gap closed. */
function measuresMatch(a: Shape, b: Shape, tolerance: number): boolean {
  const [first, second] = [measuresOf(a), measuresOf(b)];
  const length = first.length + second.length;
  // What a shift of every point by the tolerance can change, and the noise of the sums themselves.
  const mayDiffer = tolerance * (length + 8 * tolerance) + 1e-12 * Math.max(first.area, second.area);
  if (Math.abs(first.area - second.area) > mayDiffer) return false;
  const points = first.points + second.points;
  return Math.abs(first.length - second.length) <= 2 * tolerance * points + 1e-12 * length;
}

function measuresOf({ parts }: Shape): { area: number; length: number; points: number } {
  const sum = { area: 0, length: 0, points: 0 };
  for (const { kind, isHole, points } of parts) {
    const n = points.length / STRIDE;
    sum.points += n;
    if (kind === 'points') continue;
    const [x0, y0] = [points[0]!, points[1]!];
    let twice = 0;
    for (let i = 0; i < n - (kind === 'line' ? 1 : 0); i++) {
      const [at, next] = [i * STRIDE, ((i + 1) % n) * STRIDE];
      const [x, y, x2, y2] = [points[at]! - x0, points[at + 1]! - y0, points[next]! - x0, points[next + 1]! - y0];
      sum.length += Math.hypot(x2 - x, y2 - y);
      twice += x * y2 - x2 * y;
    }
    if (kind === 'ring') sum.area += (Math.abs(twice) / 2) * (isHole ? -1 : 1);
  }
  return sum;
}
