import { html, type Markup } from './markup.ts';

/** xmin, ymin, xmax, ymax. */
export type MapBox = readonly [number, number, number, number];

/** Geometry as GeoJSON has it; coordinates beyond the second are passed over. */
export type MapGeometry =
  | { type: string; coordinates: unknown }
  | { type: 'GeometryCollection'; geometries: MapGeometry[] };

interface MapLayer {
  /** What it is drawn as: `context`, `added`, `removed`, `before`, `now` of the page's style, or a class of its own. */
  kind: string;
  geometries: readonly MapGeometry[];
  /** Shapes too small to be seen get a dot in their middle. */
  isMarked?: boolean;
}

export interface MapOptions {
  box: MapBox;
  layers: readonly MapLayer[];
  /** What is to be seen, for those who do not see it. */
  label: string;
  /** Longitude and latitude: the picture is narrowed as the middle latitude asks for. */
  isGeographic?: boolean;
  /** Size of the picture in its own units; it takes the width that it is given. */
  width?: number;
  height?: number;
  /** Squares of data behind everything. */
  cells?: MapCells | readonly MapCells[];
}

/** Squares of a grid by their middles, with their side in units of the data. */
export interface MapCells {
  side: number;
  middles: readonly (readonly [number, number])[];
  /** A class of their own beside `cells`. */
  kind?: string;
}

const MARGIN = 0.04;
/** Below so many units of the picture a shape is hardly seen. */
const SMALL = 6;
const DOT = 4;

type Point = readonly [number, number];

interface Projection {
  width: number;
  height: number;
  scale: number;
  /** Up and down, where degrees are longer. */
  rise: number;
  at(point: Point): Point;
}

function projection({ box, isGeographic, width = 900, height = 560 }: MapOptions): Projection {
  const middle: Point = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  const narrow = isGeographic ? Math.max(0.05, Math.cos((middle[1] * Math.PI) / 180)) : 1;
  const [wide, high] = [(box[2] - box[0]) * narrow, box[3] - box[1]];
  // A single point has no extent: whatever scale it gets, it is drawn in the middle.
  const room = 1 - 2 * MARGIN;
  const fitting = Math.min(wide > 0 ? (width * room) / wide : Infinity, high > 0 ? (height * room) / high : Infinity);
  const scale = Number.isFinite(fitting) ? fitting : 1;
  return {
    width,
    height,
    scale: scale * narrow,
    rise: scale,
    at: ([x, y]) => [width / 2 + (x - middle[0]) * narrow * scale, height / 2 - (y - middle[1]) * scale],
  };
}

/** The units of the data that a tenth of the picture's unit stands for: what is smaller need not be in the shapes. */
export function detailOf(options: MapOptions): number {
  return 0.1 / projection(options).scale;
}

const shown = (n: number) => String(Math.round(n * 10) / 10);

/** A map as inline SVG: no tiles, nothing from elsewhere. */
export function map(options: MapOptions): Markup {
  const view = projection(options);
  const layers = options.layers.map((layer) => drawLayer(layer, view));
  return html`<svg class="map" viewBox="0 0 ${view.width} ${view.height}" role="img" aria-label="${options.label}">
${[options.cells ?? []].flat().map((cells) => drawCells(cells, view))}${layers}</svg>`;
}

/** Neighbours of a line of the grid are drawn in one. */
function drawCells({ side, middles, kind }: MapCells, view: Projection): Markup {
  const [wide, high] = [view.scale, view.rise].map((scale) => Math.max(1.5, side * scale)) as [number, number];
  const runs: string[] = [];
  for (const line of Map.groupBy(middles, ([, y]) => y).values()) {
    const xs = line.map(([x]) => x).toSorted((a, b) => a - b);
    for (let start = 0, i = 1; i <= xs.length; i++) {
      if (i < xs.length && xs[i]! - xs[i - 1]! < side * 1.5) continue;
      const [x, y] = view.at([xs[start]!, line[0]![1]]);
      const width = (xs[i - 1]! - xs[start]!) * view.scale + wide;
      runs.push(`M${shown(x - wide / 2)} ${shown(y - high / 2)}h${shown(width)}v${shown(high)}h-${shown(width)}z`);
      start = i;
    }
  }
  return html`<path class="${kind === undefined ? 'cells' : `cells ${kind}`}" d="${runs.join('')}"/>`;
}

function drawLayer({ kind, geometries, isMarked }: MapLayer, view: Projection): Markup {
  const areas: string[] = [];
  const lines: string[] = [];
  const dots: Point[] = [];
  for (const geometry of geometries) {
    const drawn: Point[] = [];
    const rings: string[] = [];
    for (const part of partsOf(geometry)) {
      const points = part.points.map(view.at).filter((point) => point.every(Number.isFinite));
      if (part.kind === 'point') {
        dots.push(...points);
        continue;
      }
      drawn.push(...points);
      if (points.length > 1) (part.kind === 'ring' ? rings : lines).push(trace(points, part.kind === 'ring'));
    }
    if (rings.length > 0) areas.push(rings.join(''));
    const around = isMarked && boxAround(drawn);
    if (around && Math.max(around[2] - around[0], around[3] - around[1]) < SMALL)
      dots.push([(around[0] + around[2]) / 2, (around[1] + around[3]) / 2]);
  }
  return html`<g class="${kind}">${areas.map((d) => html`<path fill-rule="evenodd" d="${d}"/>`)}${
    lines.length > 0 && html`<path class="line" d="${lines.join('')}"/>`
  }${dots.map(([x, y]) => html`<circle cx="${shown(x)}" cy="${shown(y)}" r="${DOT}"/>`)}</g>
`;
}

/** Points that fall on one place of the picture are drawn once. */
function trace(points: readonly Point[], isClosed: boolean): string {
  const places: string[] = [];
  for (const [x, y] of points) {
    const place = `${shown(x)} ${shown(y)}`;
    if (place !== places.at(-1)) places.push(place);
  }
  return `M${places.join('L')}${isClosed ? 'z' : ''}`;
}

function boxAround(points: readonly Point[]): MapBox | undefined {
  if (points.length === 0) return undefined;
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    [x0, y0] = [Math.min(x0, x), Math.min(y0, y)];
    [x1, y1] = [Math.max(x1, x), Math.max(y1, y)];
  }
  return [x0, y0, x1, y1];
}

interface Part {
  kind: 'point' | 'line' | 'ring';
  points: Point[];
}

function partsOf(geometry: MapGeometry): Part[] {
  if ('geometries' in geometry) return geometry.geometries.flatMap(partsOf);
  const { coordinates } = geometry;
  const part = (kind: Part['kind']) => (points: unknown) => ({ kind, points: points as Point[] });
  switch (geometry.type) {
    case 'Point':
      return (coordinates as unknown[]).length === 0 ? [] : [part('point')([coordinates])];
    case 'MultiPoint':
      return [part('point')(coordinates)];
    case 'LineString':
      return [part('line')(coordinates)];
    case 'MultiLineString':
      return (coordinates as unknown[]).map(part('line'));
    case 'Polygon':
      return (coordinates as unknown[]).map(part('ring'));
    case 'MultiPolygon':
      return (coordinates as unknown[][]).flat().map(part('ring'));
    default:
      return [];
  }
}
