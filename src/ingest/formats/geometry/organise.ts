import { BoxTree } from './box-tree.ts';
import { liesIn, type Ring, ringOf } from './ring.ts';
import type { Part, Shape } from './shape.ts';

/** A ring to which belongs whatever lies in it. */
interface Placed extends Ring {
  isShell: boolean;
  /** The shell of a hole. */
  shell: Placed | undefined;
}

/**
 * Puts the rings of a shape together to polygons, each a shell and its holes, as GDAL's `organizePolygons` does.
 *
 * @param byOrientation rings that turn clockwise are shells (ESRI's rule); else only what lies in what decides
 */
export function organise(shape: Shape, parts: readonly Part[], byOrientation: boolean): Part[][] {
  if (parts.length < 2) return parts.map((part) => [part]);
  const rings = parts.map((part, i) => ringOf(shape, part, i));
  const isMixedUp = rings.some(({ start, end }) => end - start < 4);
  const clockwise = rings.filter((ring) => ring.isClockwise);
  const [only] = clockwise;
  if (byOrientation && only && clockwise.length === 1) return [[only, ...rings.filter((ring) => ring !== only)]];
  if (isMixedUp) return rings.map((ring) => [ring]);

  const placed: Placed[] = rings.map((ring) => ({ ...ring, isShell: true, shell: undefined }));
  const largestFirst = placed.toSorted((a, b) => b.area - a.area);
  const candidates = byOrientation ? placed.filter((ring) => ring.isClockwise) : placed;
  const tree = new BoxTree(candidates);
  const [largest] = largestFirst;
  for (const ring of largestFirst.slice(1)) {
    if (byOrientation && ring.isClockwise) continue;
    const around = tree.around(ring).map((i) => candidates[i]!);
    for (const other of around.toSorted((a, b) => a.area - b.area)) {
      if (other.area < ring.area || other === ring) continue;
      // A hole must lie somewhere: nothing but the largest shell is left.
      if (!(byOrientation && other === largest) && !liesIn(shape, ring, other)) continue;
      // What lies in a hole is a shell again.
      if (other.isShell) Object.assign(ring, { isShell: false, shell: other });
      break;
    }
  }
  const polygons = new Map<Placed, Part[]>();
  for (const ring of placed) if (ring.isShell) polygons.set(ring, [ring]);
  for (const { shell, ...ring } of placed) if (shell) polygons.get(shell)!.push(ring);
  return [...polygons.values()];
}
