import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaOf, exists, nearestCodes } from './areas.ts';

test('areas by authority and code', () => {
  assert.deepEqual(areaOf('EPSG:2263'), [-74.26, 40.47, -71.8, 41.3]);
  assert.deepEqual(areaOf('ESRI:102718'), [-74.26, 40.47, -71.8, 41.3]);
  assert.deepEqual(areaOf('OGC:CRS84'), [-180, -90, 180, 90]);
  // The number of one authority is not that of another, nor the beginning of one.
  for (const code of ['EPSG:102718', 'ESRI:2263', 'EPSG:226', 'EPSG:74.26', 'EPSG:', 'EPSG']) {
    assert.equal(areaOf(code), undefined, code);
  }
});

test('what exists is known for three authorities', () => {
  assert.deepEqual(
    ['EPSG:4326', 'EPSG:31461', 'EPSG:2262', 'ESRI:102717', 'OGC:CRS85', 'IGNF:LAMB93'].map((each) => {
      const [authority, code] = each.split(':');
      return exists(authority!, code!);
    }),
    [true, true, true, true, false, undefined],
  );
});

test('the nearest codes: fewest slips first, then what is usual, then the nearest number', () => {
  const slips = (a: string, b: string) =>
    [...a].filter((digit, i) => digit !== b[i]).length + Math.abs(a.length - b.length);
  assert.equal(nearestCodes('EPSG', '2269999', slips).length, 3);
  assert.equal(nearestCodes('EPSG', '3268', slips)[0], 'EPSG:3268');
});
