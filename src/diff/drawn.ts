import type { Engine } from '../engine/engine.ts';
import { detailOf, type MapBox, type MapGeometry, type MapOptions, map } from '../html/map.ts';
import type { Markup } from '../html/markup.ts';
import type { ComparedColumn } from './compared-column.ts';
import type { Comparison } from './diff.ts';
import { labelsOf } from './samples.ts';
import { asNumber } from './shape-changes.ts';
import type { Side } from './side.ts';
import type { Label } from './table-diff.ts';

/** Where changes lie, and the largest of them closer up. */
export interface DrawnTable {
  map: Markup | undefined;
  tiles: { key: Label; distance: number | null; picture: Markup }[];
  /** Shapes that the map does not show, because there are so many. */
  left: number;
}

const MOST_DRAWN = 500;
const TILES = 12;
const NEIGHBOURS = 40;
/** Up to so many rows the whole table is drawn behind its changes, above it only where its rows lie. */
const MOST_CONTEXT = 200;
const CELLS = 140;
const TILE = { width: 320, height: 240 };

/** The pictures of a comparison, as long as its session lasts. */
export async function drawnTable(engine: Engine, compared: Comparison): Promise<DrawnTable> {
  const { columns, now, before } = compared;
  const shapes = columns.filter(({ kind }) => kind === 'shape');
  const column = shapes.find(({ name }) => name === now.geometry_column) ?? shapes[0];
  const nothing = { map: undefined, tiles: [], left: 0 };
  if (!column) return nothing;
  const drawing = new Drawing(engine, compared, column);
  const box = await drawing.box([
    [before, 'before'],
    [now, 'now'],
  ]);
  return box === undefined ? nothing : drawing.draw(box);
}

type Of = 'before' | 'now';

class Drawing {
  readonly #engine: Engine;
  readonly #compared: Comparison;
  readonly #column: ComparedColumn;

  constructor(engine: Engine, compared: Comparison, column: ComparedColumn) {
    this.#engine = engine;
    this.#compared = compared;
    this.#column = column;
  }

  #shape(of: Of, table: string): string {
    return `ST_GeomFromWKB(${this.#column.form[of](table)})`;
  }

  async box(sides: readonly [Side, Of][]): Promise<MapBox | undefined> {
    const boxes = sides.map(
      ([side, of]) =>
        `SELECT min(ST_XMin(g)) AS x0, min(ST_YMin(g)) AS y0, max(ST_XMax(g)) AS x1, max(ST_YMax(g)) AS y1
         FROM (SELECT ${this.#shape(of, 't')} AS g FROM ${side.source} t) WHERE isfinite(ST_XMin(g)) AND isfinite(ST_XMax(g))`,
    );
    const row = await this.#engine.row(
      `SELECT min(x0) AS x0, min(y0) AS y0, max(x1) AS x1, max(y1) AS y1 FROM (${boxes.join(' UNION ALL ')})`,
    );
    const box = [row.x0, row.y0, row.x1, row.y1].map(asNumber);
    return box.includes(null) ? undefined : (box as unknown as MapBox);
  }

  async draw(box: MapBox): Promise<DrawnTable> {
    const { matched, cells, now, before, columns } = this.#compared;
    const c = columns.indexOf(this.#column);
    const frame = { box, isGeographic: now.isGeographic, layers: [], label: '' };
    const detail = detailOf(frame);
    const moved = await this.#engine.materialize(
      `SELECT ra, rb, distance FROM ${cells} WHERE c = ${c} ORDER BY isfinite(distance) DESC, distance DESC LIMIT ${MOST_DRAWN}`,
    );
    const some = (table: string, r: string) => `SELECT ${r} AS r FROM ${table} ORDER BY 1 LIMIT ${MOST_DRAWN}`;
    const layers = [
      { kind: 'before', geometries: await this.#shapes(before, 'before', some(moved, 'ra'), detail) },
      { kind: 'now', isMarked: true, geometries: await this.#shapes(now, 'now', some(moved, 'rb'), detail) },
      {
        kind: 'removed',
        isMarked: true,
        geometries: await this.#shapes(before, 'before', some(matched.removed, 'r'), detail),
      },
      { kind: 'added', isMarked: true, geometries: await this.#shapes(now, 'now', some(matched.added, 'r'), detail) },
    ];
    const { all } = await this.#engine.row(
      `SELECT (SELECT count(*) FROM ${cells} WHERE c = ${c}) + (SELECT count(*) FROM ${matched.removed}) + (SELECT count(*) FROM ${matched.added}) AS all`,
    );
    const shown = layers.slice(1).reduce((sum, { geometries }) => sum + geometries.length, 0);
    const label = 'Where the shapes lie that changed, were added or removed';
    const behind = await this.#context(frame, detail);
    return {
      map: map({ ...frame, ...behind, label, layers: [...(behind.layers ?? []), ...layers] }),
      tiles: await this.#tiles(moved),
      left: Math.max(0, Number(all) - shown),
    };
  }

  /** Shapes without what is too small to be seen, as a point where all of one is. */
  async #shapes(side: Side, of: Of, rows: string, detail: number): Promise<MapGeometry[]> {
    const small = `greatest(ST_XMax(g) - ST_XMin(g), ST_YMax(g) - ST_YMin(g)) < ${detail * 10}`;
    const found = await this.#engine.rows(
      `SELECT CASE WHEN ${small} THEN ST_AsGeoJSON(ST_Point((ST_XMin(g) + ST_XMax(g)) / 2, (ST_YMin(g) + ST_YMax(g)) / 2))
         ELSE ST_AsGeoJSON(coalesce(TRY(ST_SimplifyPreserveTopology(g, ${detail})), g)) END AS g
       FROM (SELECT ${this.#shape(of, 't')} AS g FROM ${side.source} t WHERE t.${side.row} IN (SELECT w.r FROM (${rows}) w))
       WHERE g IS NOT NULL AND NOT ST_IsEmpty(g) AND isfinite(ST_XMin(g)) AND isfinite(ST_XMax(g))`,
    );
    return found.map(({ g }) => JSON.parse(String(g)) as MapGeometry);
  }

  async #context(frame: MapOptions, detail: number): Promise<Partial<MapOptions>> {
    const { now, before } = this.#compared;
    const [side, of] = now.rows > 0 ? ([now, 'now'] as const) : ([before, 'before'] as const);
    if (side.rows <= MOST_CONTEXT) {
      const all = `SELECT t.${side.row} AS r FROM ${side.source} t`;
      return { layers: [{ kind: 'context', geometries: await this.#shapes(side, of, all, detail) }] };
    }
    const length = (Math.max(frame.box[2] - frame.box[0], frame.box[3] - frame.box[1]) || 1) / CELLS;
    const cell = (axis: 'X' | 'Y') => `floor((ST_${axis}Min(g) + ST_${axis}Max(g)) / 2 / ${length})`;
    const rows = await this.#engine.rows(
      `SELECT DISTINCT ${cell('X')} AS x, ${cell('Y')} AS y FROM (SELECT ${this.#shape(of, 't')} AS g FROM ${side.source} t) WHERE isfinite(ST_XMin(g))`,
    );
    const middles = rows.map(({ x, y }) => [(Number(x) + 0.5) * length, (Number(y) + 0.5) * length] as const);
    return { cells: { side: length, middles } };
  }

  /** The shapes that moved farthest, each with what lies around it. */
  async #tiles(moved: string): Promise<DrawnTable['tiles']> {
    const { before, now, key } = this.#compared;
    const drawn = await this.#engine.materialize(
      `SELECT m.rb, m.distance, ${this.#shape('before', 'a')} AS old, ${this.#shape('now', 'b')} AS new
       FROM (SELECT * FROM ${moved} WHERE isfinite(distance) ORDER BY distance DESC LIMIT ${TILES}) m
       JOIN ${before.source} a ON a.${before.row} = m.ra JOIN ${now.source} b ON b.${now.row} = m.rb`,
    );
    const side = (name: string, least: 'least' | 'greatest') => `${least}(ST_${name}(old), ST_${name}(new))`;
    const boxes = await this.#engine.rows(
      `SELECT rb, distance, ${side('XMin', 'least')} AS x0, ${side('YMin', 'least')} AS y0, ${side('XMax', 'greatest')} AS x1, ${side('YMax', 'greatest')} AS y1
       FROM ${drawn} ORDER BY distance DESC, rb`,
    );
    const named = key?.columns.map((column) => column.now) ?? [];
    const labels = await labelsOf(this.#engine, now, named, `SELECT rb AS r FROM ${drawn}`);
    const tiles: DrawnTable['tiles'] = [];
    for (const { rb, distance, x0, y0, x1, y1 } of boxes) {
      const box = widened([Number(x0), Number(y0), Number(x1), Number(y1)]);
      const frame = { box, isGeographic: now.isGeographic, ...TILE };
      const detail = detailOf({ ...frame, layers: [], label: '' });
      const json = (g: string) => `ST_AsGeoJSON(coalesce(TRY(ST_SimplifyPreserveTopology(${g}, ${detail})), ${g}))`;
      const { old, new: latest } = await this.#engine.row(
        `SELECT ${json('old')} AS old, ${json('new')} AS new FROM ${drawn} WHERE rb = ${Number(rb)}`,
      );
      const around = await this.#engine.rows(
        `SELECT ${json('g')} AS g FROM (SELECT ${this.#shape('now', 't')} AS g, t.${now.row} AS r FROM ${now.source} t)
         WHERE r <> ${Number(rb)} AND ST_XMax(g) >= ${box[0]} AND ST_XMin(g) <= ${box[2]} AND ST_YMax(g) >= ${box[1]} AND ST_YMin(g) <= ${box[3]} LIMIT ${NEIGHBOURS}`,
      );
      const geometries = (...texts: unknown[]) => texts.map((text) => JSON.parse(String(text)) as MapGeometry);
      const picture = map({
        ...frame,
        label: 'A shape before and now',
        layers: [
          { kind: 'context', geometries: geometries(...around.map(({ g }) => g)) },
          { kind: 'now', geometries: geometries(latest) },
          { kind: 'before', geometries: geometries(old) },
        ],
      });
      tiles.push({ key: labels.get(String(rb)) ?? {}, distance: asNumber(distance), picture });
    }
    return tiles;
  }
}

function widened([x0, y0, x1, y1]: MapBox): MapBox {
  const by = Math.max(x1 - x0, y1 - y0) * 0.15;
  return [x0 - by, y0 - by, x1 + by, y1 + by];
}
