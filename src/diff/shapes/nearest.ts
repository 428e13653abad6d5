import { type Part, STRIDE } from './shape.ts';

/** Boxes over so many neighbours along the line, which lie together in space too. */
const FAN = 8;
const ENDS = 2 * STRIDE;

/** Finds how far points lie from the lines and points of a shape. */
export class Nearest {
  /** Both ends of each segment; a point is a segment of no length. */
  readonly #ends: Float64Array;
  /** From the segments' own boxes upwards: x0, y0, x1, y1 of each. */
  readonly #levels: Float64Array[] = [];
  #last = 0;

  constructor(parts: readonly Part[], hasZ: boolean) {
    this.#ends = segments(parts);
    if (!hasZ) for (let i = 2; i < this.#ends.length; i += STRIDE) this.#ends[i] = 0;
    let boxes = boxesOf(this.#ends);
    this.#levels.push(boxes);
    while (boxes.length > 4 * FAN) {
      boxes = joined(boxes);
      this.#levels.push(boxes);
    }
  }

  get isEmpty(): boolean {
    return this.#ends.length === 0;
  }

  /** The distance of a point from the nearest place of the shape. */
  from(x: number, y: number, z: number): number {
    // Points that follow each other have neighbours for their nearest; a good first guess leaves little to look at.
    let best = this.#toSegment(this.#last, x, y, z);
    const search = (level: number, from: number, to: number) => {
      const boxes = this.#levels[level]!;
      for (let i = from; i < to; i++) {
        if (squaredToBox(boxes, i * 4, x, y) >= best) continue;
        if (level > 0) search(level - 1, i * FAN, Math.min((i + 1) * FAN, this.#levels[level - 1]!.length / 4));
        else {
          const squared = this.#toSegment(i, x, y, z);
          if (squared < best) {
            best = squared;
            this.#last = i;
          }
        }
      }
    };
    const top = this.#levels.length - 1;
    search(top, 0, this.#levels[top]!.length / 4);
    return Math.sqrt(best);
  }

  #toSegment(i: number, x: number, y: number, z: number): number {
    const e = this.#ends;
    const at = i * ENDS;
    const [ax, ay, az] = [e[at]!, e[at + 1]!, e[at + 2]!];
    const [dx, dy, dz] = [e[at + 3]! - ax, e[at + 4]! - ay, e[at + 5]! - az];
    const length = dx * dx + dy * dy + dz * dz;
    const along = length === 0 ? 0 : ((x - ax) * dx + (y - ay) * dy + (z - az) * dz) / length;
    const t = Math.max(0, Math.min(1, along));
    return (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2 + (z - az - t * dz) ** 2;
  }
}

function segments(parts: readonly Part[]): Float64Array {
  const count = ({ kind, points }: Part) => {
    const n = points.length / STRIDE;
    return kind === 'line' && n > 1 ? n - 1 : n;
  };
  const ends = new Float64Array(parts.reduce((sum, part) => sum + count(part), 0) * ENDS);
  let to = 0;
  for (const part of parts) {
    const { kind, points } = part;
    for (let i = 0; i < count(part); i++, to += ENDS) {
      const next = kind === 'points' || points.length === STRIDE ? i : (i + 1) % (points.length / STRIDE);
      ends.set(points.subarray(i * STRIDE, (i + 1) * STRIDE), to);
      ends.set(points.subarray(next * STRIDE, (next + 1) * STRIDE), to + STRIDE);
    }
  }
  return ends;
}

function boxesOf(ends: Float64Array): Float64Array {
  const boxes = new Float64Array((ends.length / ENDS) * 4);
  for (let i = 0; i < boxes.length / 4; i++) {
    const at = i * ENDS;
    for (let axis = 0; axis < 2; axis++) {
      boxes[i * 4 + axis] = Math.min(ends[at + axis]!, ends[at + STRIDE + axis]!);
      boxes[i * 4 + 2 + axis] = Math.max(ends[at + axis]!, ends[at + STRIDE + axis]!);
    }
  }
  return boxes;
}

function joined(boxes: Float64Array): Float64Array {
  const n = boxes.length / 4;
  const larger = new Float64Array(Math.ceil(n / FAN) * 4);
  for (let i = 0; i < n; i++) {
    const to = Math.floor(i / FAN) * 4;
    const isFirst = i % FAN === 0;
    for (let axis = 0; axis < 2; axis++) {
      const [low, high] = [boxes[i * 4 + axis]!, boxes[i * 4 + 2 + axis]!];
      larger[to + axis] = isFirst ? low : Math.min(larger[to + axis]!, low);
      larger[to + 2 + axis] = isFirst ? high : Math.max(larger[to + 2 + axis]!, high);
    }
  }
  return larger;
}

function squaredToBox(boxes: Float64Array, at: number, x: number, y: number): number {
  const dx = Math.max(boxes[at]! - x, 0, x - boxes[at + 2]!);
  const dy = Math.max(boxes[at + 1]! - y, 0, y - boxes[at + 3]!);
  return dx * dx + dy * dy;
}
