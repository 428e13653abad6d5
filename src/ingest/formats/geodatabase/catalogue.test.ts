import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTime } from '../../../../test/fixtures/cpu-time.ts';
import { elementText, exactMoments, isTimeInUtc, oldLayers } from './catalogue.ts';

test('elements of what a geodatabase says of a layer', () => {
  const xml =
    '<d:DEFeatureClassInfo xmlns:d="x"><Name xsi:type="xs:string">a &amp; b</Name><IsTimeInUTC>true</IsTimeInUTC><GPFieldInfoExs><GPFieldInfoEx xsi:type="y"><Name>at</Name><HighPrecision>true</HighPrecision></GPFieldInfoEx><GPFieldInfoEx><Name>on</Name></GPFieldInfoEx></GPFieldInfoExs></d:DEFeatureClassInfo>';
  assert.equal(elementText(xml, 'Name'), 'a & b');
  assert.equal(elementText(xml, 'WKID'), undefined);
  assert.equal(isTimeInUtc(xml), true);
  assert.deepEqual([...exactMoments(xml)], ['at']);
  assert.deepEqual([...exactMoments(undefined)], []);
});

test('text that is made to take long takes no time that matters', () => {
  const started = cpuTime();
  for (const piece of ['<GPFieldInfoEx ', '<Name ', '<a:Name', '</GPFieldInfoEx'])
    assert.deepEqual([...exactMoments(piece.repeat(300_000))], []);
  assert.equal(elementText('<WKID '.repeat(300_000), 'WKID'), undefined);
  assert.ok(cpuTime() - started < 3_000);
});

test('a geodatabase of before version 10 has the tables that are not its own', () => {
  const names = ['GDB_SystemCatalog', 'GDB_ObjectClasses', 'GDB_FeatureClasses', 'Streets', 'Lots'];
  const tables = new Map(names.map((name, i) => [name, i + 1]));
  assert.deepEqual(
    oldLayers(tables)?.map(({ name, number }) => [name, number]),
    [
      ['Lots', 5],
      ['Streets', 4],
    ],
  );
  tables.delete('GDB_FeatureClasses');
  assert.equal(oldLayers(tables), undefined);
});
