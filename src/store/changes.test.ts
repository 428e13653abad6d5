import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween, describeChanges, percent } from './changes.ts';
import type { DatasetRecord } from './ingest-record.ts';

function facts(columns: string, rest: Partial<DatasetRecord> = {}) {
  const list = columns.split(' ').map((text) => {
    const [name, ...type] = text.split(':');
    return { name: name!, type: type.join(':') || 'VARCHAR' };
  });
  return { rows: 10, columns: list, crs: null, geometry_types: [], bbox: null, ...rest };
}

test('what stayed as it was is not told', () => {
  const same = facts('a b:BIGINT', { crs: 'EPSG:2263', geometry_types: ['Point'], bbox: [0, 0, 1, 1] });
  const changes = changesBetween(same, structuredClone(same), 'v1');
  assert.deepEqual(changes, { since: 'v1', rows: { before: 10, now: 10 } });
  assert.deepEqual(describeChanges(changes), ['10 rows as before']);
});

test('columns come, go, change their name and their type', () => {
  const changes = changesBetween(
    facts('id:BIGINT BoroName shape old n:BIGINT'),
    facts('n:DOUBLE boro_name id:BIGINT new'),
    'v1',
  );
  assert.deepEqual(changes.added, ['new']);
  assert.deepEqual(changes.dropped, ['shape', 'old']);
  assert.deepEqual(changes.renamed, [{ before: 'BoroName', now: 'boro_name' }]);
  assert.deepEqual(changes.retyped, [{ column: 'n', before: 'BIGINT', now: 'DOUBLE' }]);
});

test('a new column of the same type in the place of one that went is taken for it, if nothing else moved', () => {
  assert.deepEqual(changesBetween(facts('a b c'), facts('a x c'), 'v1').renamed, [{ before: 'b', now: 'x' }]);
  for (const now of ['a x:DATE c', 'a c x', 'a x c d']) {
    const changes = changesBetween(facts('a b c'), facts(now), 'v1');
    assert.deepEqual([changes.renamed, changes.dropped], [undefined, ['b']], now);
  }
});

test('CRS, geometry types and bounding box are compared, and a CRS inside of a type is not', () => {
  const before = facts("geom:GEOMETRY('EPSG:2263')", {
    crs: 'EPSG:2263',
    geometry_types: ['Polygon'],
    bbox: [0, 0, 9, 9],
  });
  const now = facts('geom:GEOMETRY', { rows: 4, crs: 'EPSG:4326', geometry_types: ['Point', 'Polygon'], bbox: null });
  assert.deepEqual(describeChanges(changesBetween(before, now, 'v1')), [
    '10 → 4 rows (−60%)',
    'CRS: EPSG:2263 → EPSG:4326',
    'geometry: Polygon → Point/Polygon',
    'bounding box: [0, 0, 9, 9] → none',
  ]);
  assert.deepEqual(describeChanges(changesBetween(facts('a', { rows: 0 }), facts('a', { rows: 5 }), 'v1')), [
    '0 → 5 rows',
  ]);
});

test('a share is never rounded to nothing or to all', () => {
  assert.deepEqual([0.5, 1, 1 / 3, 0.00001, 0.99999].map(percent), ['50%', '100%', '33.3%', '0.001%', '99.999%']);
});
