import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archivedFileTypes, FILE_TYPE_NAMES, FILE_TYPES, fileTypeOf } from './file-types.ts';

test('a file that is kept here under the ending of its type is of that type', () => {
  for (const type of FILE_TYPE_NAMES) {
    const { ending } = FILE_TYPES[type];
    if (ending !== null) assert.equal(fileTypeOf(`folder/Lots.${ending.toUpperCase()}`), type);
  }
  assert.equal(fileTypeOf('lots.dat'), null);
  assert.equal(fileTypeOf('lots.zip'), null);
  assert.equal(fileTypeOf('sql'), null);
});

test('of what an archive holds, the types that it tells apart count, in their order', () => {
  const files = ['a/lots.parquet', 'a/lots.csv', 'a/lots.shp.zip', 'a/config.json', 'lots.sql'];
  assert.deepEqual(archivedFileTypes(files), ['pg_dump', 'csv', 'parquet']);
});

test('a zipped shapefile is looked for before the file that is of no use alone', () => {
  assert.deepEqual(FILE_TYPES.shapefile.archivedEndings.slice(0, 1), [FILE_TYPES.shapefile.ending]);
});
