import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import * as React from 'react';
import type { Table } from '../../../src/serve/api.ts';
import { urlOf, useAnswer } from '../client.ts';
import { Answered } from './answer.tsx';

/** The corners of what is shown, in degrees. */
interface Extent {
  west: number;
  south: number;
  east: number;
  north: number;
}

// The library looks for its worker beside itself, where a bundle has none.
maplibregl.setWorkerUrl(workerUrl);

const LAYERS = ['features', 'small'] as const;

/** A map that moves, of tiles that the server makes; nothing on it comes from elsewhere. */
export default function TileMap({
  table,
  onRow,
}: {
  table: Table;
  onRow: (row: number | undefined) => void;
}): React.JSX.Element {
  const answer = useAnswer<Extent>(`api/tiles?ref=${encodeURIComponent(table.ref)}`);
  return <Answered answer={answer}>{(extent) => <Drawn {...{ table, extent, onRow }} />}</Answered>;
}

function Drawn({
  table,
  extent,
  onRow,
}: {
  table: Table;
  extent: Extent;
  onRow: (row: number | undefined) => void;
}): React.JSX.Element {
  const place = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const colours = getComputedStyle(place.current!);
    const [fill, line] = ['--mark', '--ink'].map((name) => colours.getPropertyValue(name).trim());
    const map = new maplibregl.Map({
      container: place.current!,
      bounds: [extent.west, extent.south, extent.east, extent.north],
      fitBoundsOptions: { padding: 20 },
      attributionControl: false,
      style: {
        version: 8,
        sources: {
          table: {
            type: 'vector',
            tiles: [`${urlOf('api/tiles/')}{z}/{x}/{y}?ref=${encodeURIComponent(table.ref)}`],
            maxzoom: 20,
          },
        },
        layers: LAYERS.flatMap((layer): maplibregl.LayerSpecification[] => [
          {
            id: `${layer} areas`,
            type: 'fill',
            source: 'table',
            'source-layer': layer,
            filter: ['==', ['geometry-type'], 'Polygon'],
            paint: { 'fill-color': fill!, 'fill-opacity': 0.45 },
          },
          {
            id: `${layer} lines`,
            type: 'line',
            source: 'table',
            'source-layer': layer,
            filter: layer === 'small' ? ['==', ['geometry-type'], 'LineString'] : ['!=', ['geometry-type'], 'Point'],
            paint: { 'line-color': line!, 'line-width': 0.8 },
          },
          {
            id: `${layer} points`,
            type: 'circle',
            source: 'table',
            'source-layer': layer,
            filter: ['==', ['geometry-type'], 'Point'],
            paint: {
              'circle-color': fill!,
              'circle-radius': 3,
              'circle-stroke-width': 0.5,
              'circle-stroke-color': line!,
            },
          },
        ]),
      },
    });
    map.once('idle', ({ target }) => target.getContainer().setAttribute('data-drawn', ''));
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
    map.on('click', ({ point: { x, y } }) => {
      const [hit] = map.queryRenderedFeatures([
        [x - 3, y - 3],
        [x + 3, y + 3],
      ]);
      onRow(typeof hit?.id === 'number' ? hit.id : undefined);
    });
    return () => map.remove();
  }, [table.ref, extent, onRow]);
  return <div className="map" ref={place} role="application" aria-label={`Map of ${table.name}`} />;
}
