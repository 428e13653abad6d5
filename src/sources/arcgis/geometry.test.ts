import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cleaned } from './geometry.ts';

function shape(type: string, coordinates: string): string {
  return `{"type":"${type}","coordinates":${coordinates}}`;
}

describe('cleaned', () => {
  it('leaves alone what is sound, to the last digit', () => {
    for (const geometry of [
      'null',
      shape('Point', '[-73.990,40.70]'),
      shape('Point', '[1.0,2.0,3.0]'),
      shape('Point', '[]'),
      '{"type":"Point","crs":null,"coordinates":[1.0,2]}',
      '{"type":"GeometryCollection","geometries":[]}',
    ]) {
      assert.deepEqual(cleaned(geometry), { text: geometry, isLoss: false });
    }
  });

  it('has no geometry where there is no number', () => {
    for (const coordinates of [
      '["NaN","NaN"]',
      '["nan", "NAN"]',
      '[NaN,NaN]',
      '[null,null]',
      '["","" ]',
      'null',
      '[Infinity,-Infinity]',
      '["Infinity","-Infinity","NaN"]',
    ]) {
      assert.deepEqual(cleaned(shape('Point', coordinates)), { text: 'null', isLoss: false }, coordinates);
    }
    assert.deepEqual(cleaned(shape('Polygon', '[[["NaN","NaN"],["NaN","NaN"]]]')), { text: 'null', isLoss: false });
    assert.deepEqual(cleaned('{ }'), { text: 'null', isLoss: false });
  });

  it('says where numbers are lost', () => {
    for (const geometry of [
      shape('Point', '[-73.9,"NaN"]'),
      shape('LineString', '[[0,0],["NaN","NaN"],[1,1]]'),
      shape('MultiPoint', '[[0,0],[null,null]]'),
      shape('Polygon', '[[[0,0],[1,0],[NaN,1],[0,0]]]'),
      `{"type":"GeometryCollection","geometries":[${shape('Point', '[1,2]')},${shape('Point', '["NaN","NaN"]')}]}`,
    ]) {
      assert.deepEqual(cleaned(geometry), { text: 'null', isLoss: true }, geometry);
    }
  });

  it('drops heights and measures that are not known, from the whole geometry', () => {
    for (const [given, expected] of [
      ['[1,2,"NaN"]', '[1,2]'],
      ['[1,2,null,null]', '[1,2]'],
      ['[1,2,3,NaN]', '[1,2,3]'],
    ] as const) {
      assert.deepEqual(cleaned(shape('Point', given)), { text: shape('Point', expected), isLoss: false });
    }
    assert.equal(cleaned(shape('LineString', '[[0,0,5],[1,1,"NaN"]]')).text, shape('LineString', '[[0,0],[1,1]]'));
  });
});
