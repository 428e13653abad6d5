import { PbfWriter } from 'pbf';

/** Field numbers of the Mapbox Vector Tile specification 2.1, section 4. */
const TILE = { layers: 3 };
const LAYER = { name: 1, features: 2, keys: 3, values: 4, extent: 5, version: 15 };
const FEATURE = { id: 1, tags: 2, type: 3, geometry: 4 };
const VALUE = { text: 1 };
const POLYGON = 3;
const [MOVE_TO, LINE_TO, CLOSE_PATH] = [1, 2, 7];

const command = (id: number, count: number) => (count << 3) | id;
const zigzag = (n: number) => (n << 1) ^ (n >> 31);

/**
 * A vector tile with one layer of axis-aligned rectangles.
 *
 * @param columns ids, then left, top, right and bottom in units of the tile's grid, y downwards; all of one length
 * @param attribute a text that each of them has
 */
export function rectangles(
  name: string,
  extent: number,
  columns: readonly (readonly number[])[],
  attribute?: { name: string; values: readonly string[] },
): Uint8Array {
  const [ids = [], lefts = [], tops = [], rights = [], bottoms = []] = columns;
  if (ids.length === 0) return new Uint8Array();
  const geometry = new Array<number>(11);
  const values = [...new Set(attribute?.values)];
  const tile = new PbfWriter();
  tile.writeMessage(
    TILE.layers,
    (_: undefined, layer) => {
      layer.writeVarintField(LAYER.version, 2);
      layer.writeStringField(LAYER.name, name);
      layer.writeVarintField(LAYER.extent, extent);
      if (attribute) layer.writeStringField(LAYER.keys, attribute.name);
      for (const text of values) {
        layer.writeMessage(LAYER.values, (each: string, value) => value.writeStringField(VALUE.text, each), text);
      }
      for (let i = 0; i < ids.length; i++) {
        // Clockwise on the screen, as outer rings are; one of no width would be no polygon.
        const [left, top] = [lefts[i]!, tops[i]!];
        const [right, bottom] = [Math.max(rights[i]!, left + 1), Math.max(bottoms[i]!, top + 1)];
        geometry[0] = command(MOVE_TO!, 1);
        geometry[1] = zigzag(left);
        geometry[2] = zigzag(top);
        geometry[3] = command(LINE_TO!, 3);
        geometry[4] = zigzag(right - left);
        geometry[5] = 0;
        geometry[6] = 0;
        geometry[7] = zigzag(bottom - top);
        geometry[8] = zigzag(left - right);
        geometry[9] = 0;
        geometry[10] = command(CLOSE_PATH!, 1);
        layer.writeMessage(
          LAYER.features,
          (shape, feature) => {
            feature.writeVarintField(FEATURE.id, ids[i]!);
            if (attribute) feature.writePackedVarint(FEATURE.tags, [0, values.indexOf(attribute.values[i]!)]);
            feature.writeVarintField(FEATURE.type, POLYGON);
            feature.writePackedVarint(FEATURE.geometry, shape);
          },
          geometry,
        );
      }
    },
    undefined,
  );
  return tile.finish();
}
