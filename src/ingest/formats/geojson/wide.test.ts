import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { geographicContext } from '../../../../test/fixtures/format-context.ts';
import { randomly } from '../../../../test/fixtures/random.ts';
import { BOTH_PARTS, casesOf, leavesOut } from '../../../../test/second-part.ts';
import { GEOMETRY, isReference, type Relation, selectOf } from '../../../relation/relation.ts';
import { readThoroughly } from './read.ts';

const { dir, engine, context } = await geographicContext();

let random = randomly(17);
const one = <T>(values: readonly T[]) => values[random(values.length)]!;

/** Values of which a property has those of one line, or of two. */
const POOLS: readonly (readonly string[])[] = [
  ['1', '-7', '2147483647'],
  ['2147483648', '-9007199254740993'],
  ['18446744073709551615', '123456789012345678901234567890'],
  ['1.0', '-0.0', '2.50', '1e3', '1E-7', '3.141592653589793', '1e17'],
  ['true', 'false'],
  ['"a"', '"é 😀"', '"q\\"\\n/"', '""', '"7"'],
  ['"2020-01-02"', '"2021-12-31"'],
  ['"2020-01-02T03:04:05"', '"2021-12-31T00:00:00.1239"'],
  ['"2020-01-02T03:04:05Z"', '"2021-12-31T00:00:00+02:00"'],
  ['"03:04:05"', '"23:59:59"'],
  ['[1, 2]', '[]', '[3]'],
  ['["a", "b"]', '["c"]'],
  ['{"x": 1, "y": "t"}', '{"x": 2.5, "y": null}', '{ }'],
  ['[{"k": [1]}, null]', '[1, "a"]'],
  ['null'],
];
const names = [
  'a',
  'A',
  'b\\"c',
  '',
  'type',
  'geometry',
  '\\u00e9',
  '7',
  ...Array.from({ length: 240 }, (_, i) => `n ${i}`),
];
const GEOMETRIES = [
  '{"type":"Point","coordinates":[1,2.5]}',
  'null',
  '{ "type": "LineString", "coordinates": [[0,0],[1,1]] }',
];

/** Names whose values are of one kind or of two, whatever they are; others have whole numbers or texts. */
const VARIED = BOTH_PARTS ? names.length : 40;

function featuresOf(count: number, pad: string): string[] {
  const pools = names.map((_, i) =>
    i < VARIED ? [one(POOLS), random(5) ? [] : one(POOLS)].flat() : POOLS[i % 2 ? 0 : 5]!,
  );
  return Array.from({ length: count }, (_, row) => {
    const members = names.flatMap((name, i) => {
      if (random(12) === 0) return [];
      const value = random(10) === 0 ? 'null' : one(pools[i]!);
      return [`"${name}":${one(['', ' '])}${value}`];
    });
    if (random(9) === 0) members.push(`"n 1": ${one(pools[names.indexOf('n 1')]!)}`);
    members.push(`"pad":"${row === 0 ? pad : 'x'}"`);
    return `{"type":"Feature",${one(['', '"bbox":[1,2,3,4],', `"id":${row},`])}"properties":{${members.join(', ')}},"geometry":${one(GEOMETRIES)}}`;
  });
}

async function contentOf(relation: Relation) {
  const columns = relation.columns
    .filter(({ name }) => name !== 'pad')
    .map((column) =>
      column.type === GEOMETRY ? { ...column, expression: `ST_AsText(${column.expression})` } : column,
    );
  const rows = await engine.rows(selectOf({ ...relation, columns }));
  return {
    columns: columns.map(({ name, type }) => [name, type]),
    rows: rows.map((row) => Object.values(row)),
  };
}

async function read(features: readonly string[]) {
  const file = path.join(dir, 'in.geojson');
  writeFileSync(file, `{"type":"FeatureCollection","features":[${features.join(',\n')}]}`);
  const relation = await readThoroughly(file, { type: 'geojson', encoding: 'utf-8' }, context);
  // Others make a table of the database.
  return { isWide: !isReference(relation.from), ...(await contentOf(relation)) };
}

test('wide features make the table that narrow ones make', async (t) => {
  leavesOut(t, 'features of which every property is of any kind');
  for (let seed = casesOf(t, 1, 4); seed > 0; seed--) {
    random = randomly(seed);
    const narrow = await read(featuresOf(1 + random(9), 'x'));
    random = randomly(seed);
    const wide = await read(featuresOf(1 + random(9), 'x'.repeat(20_000)));
    assert.deepEqual([narrow.isWide, wide.isWide], [false, true]);
    assert.deepEqual({ ...wide, isWide: false }, narrow);
  }
});

test('what is unusual about wide features is left to the closer look', async () => {
  random = randomly(17);
  const usual = featuresOf(3, 'x'.repeat(20_000));
  const odd = (change: (feature: string) => string) => {
    assert.notEqual(change(usual[1]!), usual[1]);
    return read([...usual, change(usual[1]!)]);
  };
  assert.equal((await read(usual)).isWide, true);
  assert.equal(
    (await odd((feature) => feature.replace(/("id":\d+,)?"properties"/, '"id":"x","properties"'))).isWide,
    false,
  );
  assert.equal((await odd((feature) => feature.replace('"n 9":', '"id":'))).isWide, false);
  assert.equal((await odd(() => '{"type":"Feature","properties":null,"geometry":null}')).isWide, false);
  assert.equal((await odd(() => '{"type":"Feature","properties":{"n 3":NaN},"geometry":null}')).isWide, false);
  await assert.rejects(
    odd((feature) => feature.replace('"type":"Feature"', '"type":"Feature","type":"Feature"')),
    { code: 'ING_BAD_FILE', message: /two members of one name/ },
  );
  await assert.rejects(
    odd((feature) => feature.replace(/"geometry":[^"].*$/, '"geometry":{"type":"Point","coordinates":[1,]}}')),
    { code: /ING_BAD_(GEOMETRY|FILE)/ },
  );
});
