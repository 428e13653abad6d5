import type { FilterSpecification, LayerSpecification } from 'maplibre-gl';

/** How one set of features is drawn. Each has a form as well as a colour: colours alone tell some people nothing. */
export interface Drawing {
  /** The name of a colour of the page's style. */
  colour: string;
  /** How much of what is below shows through an area, from 0 to 1. */
  fill: number;
  lines: { width: number; colour: string; dashes?: [number, number] };
}

/** A table or a part of it that is shown, the first below the others. */
export interface Shown {
  id: string;
  /** Address of its tiles, with `{z}`, `{x}` and `{y}`. */
  tiles: string;
  /** Only features whose `kind` this is. */
  kind?: string;
  drawing: Drawing;
}

export const PLAIN: Drawing = { colour: '--mark', fill: 0.45, lines: { width: 0.8, colour: '--ink' } };
/** What all tiles have: whole shapes, and rectangles for what is too small for one. */
const PARTS = ['features', 'small'] as const;

/** @param value gives the colour of that name as it is now, light or dark */
export function layersOf({ id, tiles, kind, drawing }: Shown, value: (name: string) => string): LayerSpecification[] {
  const { fill, lines } = drawing;
  const [area, border] = [value(drawing.colour), value(lines.colour)];
  const of = (part: string) => ({ source: tiles, 'source-layer': part, metadata: { id } });
  const only = (shapes: FilterSpecification): FilterSpecification =>
    kind === undefined ? shapes : (['all', shapes, ['==', ['get', 'kind'], kind]] as FilterSpecification);
  return PARTS.flatMap((part): LayerSpecification[] => [
    {
      ...{ id: `${id} ${part} areas`, type: 'fill', ...of(part) },
      filter: only(['==', ['geometry-type'], 'Polygon']),
      paint: { 'fill-color': area, 'fill-opacity': part === 'small' && !lines.dashes ? Math.max(fill, 0.6) : fill },
    },
    {
      ...{ id: `${id} ${part} lines`, type: 'line', ...of(part) },
      filter: only(['!=', ['geometry-type'], 'Point']),
      paint: {
        // What is a pixel on the map is made large enough to be found, most of all what changed.
        ...(part === 'small'
          ? { 'line-color': area, 'line-width': kind === undefined ? 1.5 : lines.dashes ? 2 : 6 }
          : { 'line-color': border, 'line-width': lines.width }),
        ...(part !== 'small' && lines.dashes && { 'line-dasharray': lines.dashes }),
        // A ring stands for a dashed border that is too small for dashes.
        ...(part === 'small' && lines.dashes && { 'line-gap-width': 5 }),
      },
    },
    {
      ...{ id: `${id} ${part} points`, type: 'circle', ...of(part) },
      filter: only(['==', ['geometry-type'], 'Point']),
      paint: {
        ...{ 'circle-color': area, 'circle-opacity': Math.min(1, fill * 2), 'circle-radius': 3.5 + lines.width / 2 },
        ...{ 'circle-stroke-width': Math.max(0.5, lines.width), 'circle-stroke-color': border },
      },
    },
  ]);
}
