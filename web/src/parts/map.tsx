import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import * as React from 'react';
import type { Extent } from '../../../src/serve/api.ts';
import { layersOf, type Shown } from './map-layers.ts';

/** A feature that somebody has asked for: whose it is, and its row in that table. */
export interface Picked {
  id: string;
  row: number;
}

// The library looks for its worker beside itself, where a bundle has none.
maplibregl.setWorkerUrl(workerUrl);

/** Pixels around a click that count as hit. */
const NEAR = 3;

/** A map that moves, of tiles that the server makes; nothing on it comes from elsewhere. */
export default function TileMap({
  shown,
  extent,
  label,
  onPick,
}: {
  /** The same array as long as the same is shown. */
  shown: readonly Shown[];
  extent: Extent;
  label: string;
  onPick: (picked: Picked | undefined) => void;
}): React.JSX.Element {
  const place = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const colours = getComputedStyle(place.current!);
    const value = (name: string) => colours.getPropertyValue(name).trim();
    const map = new maplibregl.Map({
      container: place.current!,
      bounds: [extent.west, extent.south, extent.east, extent.north],
      fitBoundsOptions: { padding: 20 },
      attributionControl: false,
      // A page with a map is scrolled past it.
      cooperativeGestures: matchMedia('(pointer: coarse)').matches,
      style: {
        version: 8,
        sources: Object.fromEntries(
          shown.map(({ tiles }) => [tiles, { type: 'vector', tiles: [tiles], maxzoom: 20 }] as const),
        ),
        layers: shown.flatMap((each) => layersOf(each, value)),
      },
    });
    map.once('idle', ({ target }) => target.getContainer().setAttribute('data-drawn', ''));
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
    map.addControl(new maplibregl.ScaleControl({ maxWidth: 120 }));
    const pick = ({ x, y }: { x: number; y: number }) => {
      const [hit] = map.queryRenderedFeatures([
        [x - NEAR, y - NEAR],
        [x + NEAR, y + NEAR],
      ]);
      const { id } = (hit?.layer.metadata ?? {}) as { id?: string };
      onPick(id !== undefined && typeof hit?.id === 'number' ? { id, row: hit.id } : undefined);
    };
    map.on('click', ({ point }) => pick(point));
    // By keyboard the map is moved below the cross in its middle.
    map
      .getCanvas()
      .setAttribute('aria-label', `${label}: arrows move it, plus and minus zoom, Enter shows the row in the middle`);
    map.getCanvas().addEventListener('keydown', ({ key }) => {
      const { clientWidth, clientHeight } = map.getCanvas();
      if (key === 'Enter') pick({ x: clientWidth / 2, y: clientHeight / 2 });
    });
    return () => map.remove();
  }, [shown, extent, label, onPick]);
  return <div className="map" ref={place} role="application" aria-label={label} />;
}
