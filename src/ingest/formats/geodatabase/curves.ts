import { Shape } from '../geometry/shape.ts';
import { Broken, type Cursor } from './bytes.ts';

/** What takes the place of the straight line from a point to the next. */
interface Curve {
  /** Of the point that it begins at. */
  start: number;
  /** Points between the ends; undefined for a straight line. */
  between: ((from: Point, to: Point) => Point[]) | undefined;
}

type Point = readonly [x: number, y: number];

const ARC = 1;
const BEZIER = 4;
const ELLIPSE = 5;

/** Bits of an arc's and an ellipse's description (ESRI's extended shapefile format). */
const ARC_BITS = { none: 0x01 | 0x20 | 0x40, counterclockwise: 0x08, byInteriorPoint: 0x80 };
const ELLIPSE_BITS = { none: 0x01 | 0x40 | 0x80, minor: 0x1000, complete: 0x2000 };

/** @throws Broken */
export function readCurve(cursor: Cursor): Curve {
  const start = cursor.varuint();
  const type = cursor.varuint();
  if (type === ARC) {
    const point: Point = [cursor.double(), cursor.double()];
    const bits = cursor.int32();
    if ((bits & ARC_BITS.none) !== 0) return { start, between: undefined };
    const isByInteriorPoint = (bits & ARC_BITS.byInteriorPoint) !== 0;
    const isCounterclockwise = (bits & ARC_BITS.counterclockwise) !== 0;
    return {
      start,
      between: (from, to) =>
        isByInteriorPoint ? arcThrough(from, point, to) : arcAround(from, to, point, isCounterclockwise),
    };
  }
  if (type === BEZIER) {
    const [first, second]: [Point, Point] = [
      [cursor.double(), cursor.double()],
      [cursor.double(), cursor.double()],
    ];
    return { start, between: (from, to) => bezier(from, first, second, to) };
  }
  if (type === ELLIPSE) {
    const ellipse: Ellipse = {
      center: [cursor.double(), cursor.double()],
      rotation: cursor.double(),
      major: cursor.double(),
      ratio: cursor.double(),
    };
    const bits = cursor.int32();
    if ((bits & ELLIPSE_BITS.none) !== 0) return { start, between: undefined };
    const isMinor = (bits & ELLIPSE_BITS.minor) !== 0;
    const isComplete = (bits & ELLIPSE_BITS.complete) !== 0;
    return { start, between: (from, to) => ellipticalArc(from, to, ellipse, isMinor, isComplete) };
  }
  throw new Broken(`there is no curve of type ${type}`);
}

/** Of one shape with its curves made straight: far more than anybody has drawn. */
const MOST_POINTS = 10_000_000;

/**
 * A shape with short lines in place of its curves.
 *
 * @throws Broken
 */
export function withCurves(shape: Shape, curves: readonly Curve[]): Shape {
  const byStart = new Map(curves.map((curve) => [curve.start, curve.between]));
  const xy: number[] = [];
  const z: number[] = [];
  const starts = [0];
  for (let part = 0; part + 1 < shape.starts.length; part++) {
    const [start, end] = [shape.starts[part]!, shape.starts[part + 1]!];
    for (let i = start; i < end; i++) {
      xy.push(shape.xy[2 * i]!, shape.xy[2 * i + 1]!);
      z.push(shape.z[i]!);
      const between = byStart.get(i);
      if (!between || i + 1 === end) continue;
      const points = between([shape.xy[2 * i]!, shape.xy[2 * i + 1]!], [shape.xy[2 * i + 2]!, shape.xy[2 * i + 3]!]);
      if (z.length + points.length > MOST_POINTS) throw new Broken(`its curves take more than ${MOST_POINTS} points`);
      points.forEach(([x, y], k) => {
        xy.push(x, y);
        z.push(shape.z[i]! + ((shape.z[i + 1]! - shape.z[i]!) * (k + 1)) / (points.length + 1));
      });
    }
    starts.push(z.length);
  }
  const curved = new Shape();
  curved.begin(z.length);
  curved.xy.set(xy);
  curved.z.set(z);
  curved.starts = starts;
  return curved;
}

/** GDAL's, in radians. */
const STEP = (4 / 180) * Math.PI;
const TURN = 2 * Math.PI;

function angles(from: number, to: number): number[] {
  const steps = Math.max(1, Math.floor(Math.abs(to - from) / STEP + 0.5));
  return Array.from({ length: steps - 1 }, (_, i) => from + ((to - from) * (i + 1)) / steps);
}

function onCircle([x, y]: Point, radius: number, from: number, to: number): Point[] {
  return angles(from, to).map((angle): Point => [x + radius * Math.cos(angle), y + radius * Math.sin(angle)]);
}

function arcThrough(from: Point, middle: Point, to: Point): Point[] {
  const isCircle = from[0] === to[0] && from[1] === to[1];
  const center = isCircle
    ? ([(from[0] + middle[0]) / 2, (from[1] + middle[1]) / 2] as const)
    : centerOf(from, middle, to);
  // Three points in a line.
  if (!center) return [middle];
  const angle = ([x, y]: Point) => Math.atan2(y - center[1], x - center[0]);
  const radius = Math.hypot(from[0] - center[0], from[1] - center[1]);
  const start = angle(from);
  if (isCircle) return onCircle(center, radius, start, start + TURN);
  const turns = (to[0] - from[0]) * (middle[1] - from[1]) - (to[1] - from[1]) * (middle[0] - from[0]);
  return onCircle(center, radius, start, turned(start, angle(to), turns < 0));
}

/** An angle that is reached from another by turning one way. */
function turned(from: number, to: number, isCounterclockwise: boolean): number {
  if (isCounterclockwise) return to <= from ? to + TURN : to;
  return to >= from ? to - TURN : to;
}

function centerOf([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): Point | undefined {
  const [ux, uy, vx, vy] = [bx - ax, by - ay, cx - ax, cy - ay];
  const d = 2 * (ux * vy - uy * vx);
  if (Math.abs(d) < 1e-12 * (ux * ux + uy * uy + vx * vx + vy * vy)) return undefined;
  const [u, v] = [ux * ux + uy * uy, vx * vx + vy * vy];
  return [ax + (vy * u - uy * v) / d, ay + (ux * v - vx * u) / d];
}

function arcAround(from: Point, to: Point, center: Point, isCounterclockwise: boolean): Point[] {
  const angle = ([x, y]: Point) => Math.atan2(y - center[1], x - center[0]);
  const radius = Math.hypot(to[0] - center[0], to[1] - center[1]);
  const start = angle(from);
  return onCircle(center, radius, start, turned(start, angle(to), isCounterclockwise));
}

/** As many pieces as GDAL makes: by the turn, and by the length of the handles. */
function bezier(from: Point, first: Point, second: Point, to: Point): Point[] {
  const square = ([ax, ay]: Point, [bx, by]: Point) => (bx - ax) ** 2 + (by - ay) ** 2;
  const direction = ([ax, ay]: Point, [bx, by]: Point) => Math.atan2(by - ay, bx - ax);
  const length = square(from, to);
  if (length < 1e-9) return [];
  const difference = Math.abs(direction(second, to) - direction(from, first));
  const turn = difference > Math.PI ? TURN - difference : difference;
  const handles = (5 * (square(from, first) + square(second, to))) / length;
  const steps = Math.min(1000, Math.ceil(Math.max(2, turn / STEP) * Math.max(1, handles)));
  return Array.from({ length: steps - 1 }, (_, i): Point => {
    const t = (i + 1) / steps;
    const at = (a: number, b: number, c: number, d: number) =>
      (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c + t ** 3 * d;
    return [at(from[0], first[0], second[0], to[0]), at(from[1], first[1], second[1], to[1])];
  });
}

interface Ellipse {
  center: Point;
  /** Of the long half-axis, in radians. */
  rotation: number;
  major: number;
  /** Of the short half-axis to the long one. */
  ratio: number;
}

function ellipticalArc(from: Point, to: Point, ellipse: Ellipse, isMinor: boolean, isComplete: boolean): Point[] {
  const { center, rotation, major, ratio } = ellipse;
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  const angle = ([x, y]: Point) => {
    const [dx, dy] = [x - center[0], y - center[1]];
    return Math.atan2((dy * cos - dx * sin) / (major * ratio), (dx * cos + dy * sin) / major);
  };
  const start = angle(from);
  let end = angle(to);
  if (isComplete) end = start - TURN;
  else {
    const isShort = Math.abs(end - start) <= Math.PI;
    if (isShort !== isMinor) end += end > start ? -TURN : TURN;
  }
  return angles(start, end).map((at): Point => {
    const [u, v] = [major * Math.cos(at), major * ratio * Math.sin(at)];
    return [center[0] + u * cos - v * sin, center[1] + u * sin + v * cos];
  });
}
