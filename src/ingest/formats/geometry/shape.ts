/**
 * Coordinates that a reader has decoded, reused from shape to shape: what lies beyond `points` is of an earlier one.
 */
export class Shape {
  /** x, y, x, y, … */
  xy = new Float64Array(2048);
  z = new Float64Array(1024);
  points = 0;
  /** Where each part begins, and at the end `points`. */
  starts: number[] = [];

  /** Makes room for so many points. */
  begin(points: number): void {
    this.points = points;
    if (this.z.length >= points) return;
    this.xy = new Float64Array(4 * points);
    this.z = new Float64Array(2 * points);
  }
}

/** A ring or line of a shape: its points from `start` up to `end`. */
export interface Part {
  start: number;
  end: number;
}

export function partsOf(shape: Shape): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i + 1 < shape.starts.length; i++) parts.push({ start: shape.starts[i]!, end: shape.starts[i + 1]! });
  return parts;
}

export function isClosed(shape: Shape, { start, end }: Part): boolean {
  const { xy } = shape;
  return xy[2 * start] === xy[2 * end - 2] && xy[2 * start + 1] === xy[2 * end - 1];
}
