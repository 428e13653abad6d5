import { isInside, ringOf } from '../geometry/ring.ts';
import type { Part, Shape } from '../geometry/shape.ts';

/**
 * Whether what is written as holes of the first ring lies outside of it. Some programs turned all rings but the first
 * of a multipolygon the wrong way; GDAL finds them so, and so does this.
 */
export function areShells(shape: Shape, parts: readonly Part[]): boolean {
  const [first, ...others] = parts.map((part, i) => ringOf(shape, part, i));
  if (!first || others.some((ring) => ring.isClockwise)) return false;
  return others.some((ring) => {
    const isApart =
      first.minX > ring.maxX || first.maxX < ring.minX || first.minY > ring.maxY || first.maxY < ring.minY;
    return isApart || !extremes(shape, ring).some(([x, y]) => isInside(shape, first, x, y));
  });
}

/** The points furthest to the left, right, bottom and top. */
function extremes({ xy }: Shape, { start, end }: Part): [number, number][] {
  let left: [number, number] = [Infinity, 0];
  let right: [number, number] = [-Infinity, 0];
  let bottom: [number, number] = [0, Infinity];
  let top: [number, number] = [0, -Infinity];
  for (let i = start; i < end - 1; i++) {
    const [x, y] = [xy[2 * i]!, xy[2 * i + 1]!];
    if (x < left[0] || (x === left[0] && y < left[1])) left = [x, y];
    if (x > right[0] || (x === right[0] && y > right[1])) right = [x, y];
    if (y < bottom[1] || (y === bottom[1] && x > bottom[0])) bottom = [x, y];
    if (y > top[1] || (y === top[1] && x < top[0])) top = [x, y];
  }
  return [left, right, bottom, top];
}
