export interface Box {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}

interface Node extends Box {
  children: readonly Node[];
  /** Of a leaf, the places of its boxes. */
  items: readonly number[];
}

const FANOUT = 16;

/** Boxes, packed in squares of neighbours, so that those around a point are found without looking at all. */
export class BoxTree {
  readonly #boxes: readonly Box[];
  readonly #root: Node;

  constructor(boxes: readonly Box[]) {
    this.#boxes = boxes;
    const places = boxes.map((_, i) => i);
    let level = packed(places, (i) => boxes[i]!).map((items) =>
      node(
        items.map((i) => boxes[i]!),
        { items, children: [] },
      ),
    );
    while (level.length > 1) {
      level = packed(level, (box) => box).map((children) => node(children, { items: [], children }));
    }
    this.#root = level[0] ?? { minX: 0, minY: 0, maxX: -1, maxY: -1, children: [], items: [] };
  }

  /** The places of the boxes that hold another one, in no order. */
  around(inner: Box): number[] {
    const found: number[] = [];
    const waiting: Node[] = [this.#root];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (!surrounds(next, inner)) continue;
      for (const child of next.children) waiting.push(child);
      for (const i of next.items) if (surrounds(this.#boxes[i]!, inner)) found.push(i);
    }
    return found;
  }
}

/** Whether a box holds another one, edges included. */
function surrounds(outer: Box, inner: Box): boolean {
  return outer.minX <= inner.minX && outer.minY <= inner.minY && outer.maxX >= inner.maxX && outer.maxY >= inner.maxY;
}

function node(boxes: readonly Box[], below: Pick<Node, 'children' | 'items'>): Node {
  const whole = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const { minX, minY, maxX, maxY } of boxes) {
    if (minX < whole.minX) whole.minX = minX;
    if (minY < whole.minY) whole.minY = minY;
    if (maxX > whole.maxX) whole.maxX = maxX;
    if (maxY > whole.maxY) whole.maxY = maxY;
  }
  return { ...whole, ...below };
}

/** Cuts things into groups of neighbours: into columns from left to right, each from bottom to top. */
function packed<T>(things: readonly T[], boxOf: (thing: T) => Box): T[][] {
  const column = FANOUT * Math.ceil(Math.sqrt(things.length / FANOUT));
  const byX = things.toSorted((a, b) => boxOf(a).minX + boxOf(a).maxX - boxOf(b).minX - boxOf(b).maxX);
  return chunks(byX, column).flatMap((part) =>
    chunks(
      part.toSorted((a, b) => boxOf(a).minY + boxOf(a).maxY - boxOf(b).minY - boxOf(b).maxY),
      FANOUT,
    ),
  );
}

function chunks<T>(things: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(things.length / length) }, (_, i) =>
    things.slice(i * length, (i + 1) * length),
  );
}
