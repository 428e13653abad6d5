import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { geographicContext } from '../../../../test/fixtures/format-context.ts';
import { GEOMETRY, type Relation, selectOf } from '../../../relation/relation.ts';
import { readQuickly, readThoroughly } from './read.ts';

/** Files that are long enough to be read quickly, read both ways: columns, types and values are the same. */

const { dir, engine, context } = await geographicContext();
const format = { type: 'geojson', encoding: 'utf-8' } as const;
/** In place of 8,000, so that small files show what large ones do. */
const SAMPLE = 200;
const FEATURES = 240;

interface Parts {
  n: string;
  t: string;
  r: string;
  b: string;
  gap: string;
  none: string;
}
const usual = (i: number): Parts => ({
  n: String(i),
  t: `"x${i % 7}"`,
  r: `${i}.5`,
  b: String(i % 2 === 0),
  gap: i % 3 === 0 ? 'null' : String(i),
  none: 'null',
});

const properties = (parts: object) =>
  `{${Object.entries(parts)
    .map(([key, value]) => `"${key}":${value}`)
    .join(',')}}`;
const feature = (text: string, more = '', geometry = '{"type":"Point","coordinates":[1,2]}') =>
  `{"type":"Feature",${more}"properties":${text},"geometry":${geometry}}`;

/** How a file of usual features was read whose last ones are these, and what both ways find in them. */
async function bothWays(late: readonly string[], head = usual, more: (i: number) => string = () => '') {
  const file = path.join(dir, 'in.geojson');
  const lines = Array.from({ length: FEATURES - late.length }, (_, i) => feature(properties(head(i)), more(i)));
  writeFileSync(file, `{"type":"FeatureCollection","features":[\n${[...lines, ...late].join(',\n')}\n]}\n`);
  const quick = await readQuickly(file, format, context, SAMPLE);
  const thorough = await readThoroughly(file, format, context);
  const found = await contentOf(thorough);
  if (quick) assert.deepEqual(await contentOf(quick), found);
  return { way: quick ? 'quick' : 'thorough', ...found };
}

async function contentOf(relation: Relation) {
  const columns = relation.columns.map((column) =>
    column.type === GEOMETRY ? { ...column, expression: `ST_AsText(${column.expression})` } : column,
  );
  const select = selectOf({ ...relation, columns });
  const { hash } = await engine.row(`SELECT sum(hash(row)) AS hash FROM (${select}) AS row`);
  const last = await engine.rows(`${select} LIMIT 3 OFFSET ${FEATURES - 3}`);
  const types = Object.fromEntries(relation.columns.slice(0, -1).map(({ name, type }) => [name, type]));
  return { types, hash, last: last.map((row) => Object.values(row)) };
}

const TYPES = { n: 'INTEGER', t: 'VARCHAR', r: 'DOUBLE', b: 'BOOLEAN', gap: 'DOUBLE', none: 'VARCHAR' };
const lateWith = (change: object) => [feature(properties({ ...usual(1), ...change }))];

test('usual files are read quickly', async () => {
  assert.deepEqual((await bothWays([])).types, TYPES);
  for (const late of [
    { t: 'null', r: 'null', gap: '7' },
    { r: '7', gap: '7.5' },
    { t: '"\\"[é\\u0001😀"', n: '-1', r: '1.50e-3', gap: '3000000000' },
    { t: '"2020-01-01"' },
  ]) {
    const { way, types } = await bothWays(lateWith(late));
    assert.deepEqual([way, types], ['quick', TYPES], JSON.stringify(late));
  }
  const reversed = Object.fromEntries(Object.entries(usual(1)).reverse());
  assert.equal((await bothWays([feature(properties(reversed))])).way, 'quick');
});

test('a late value of another kind', async () => {
  for (const [late, type] of [
    [{ n: '3000000000' }, { n: 'BIGINT' }],
    [{ n: '1.5' }, { n: 'DOUBLE' }],
    [{ n: 'null' }, { n: 'DOUBLE' }],
    [{ n: 'true' }, {}],
    [{ n: '"1"' }, { n: 'VARCHAR' }],
    [{ r: 'true' }, {}],
    [{ b: 'null' }, { b: 'DOUBLE' }],
    [{ b: '1' }, { b: 'INTEGER' }],
    [{ t: '5' }, {}],
    [{ t: '1e20' }, {}],
    [{ t: '["a"]' }, { t: 'VARCHAR[]' }],
    [{ t: '{"a":1}' }, {}],
    [{ gap: '"x"' }, { gap: 'VARCHAR' }],
    [{ none: '1' }, { none: 'DOUBLE' }],
    [{ none: '[]' }, { none: 'VARCHAR[]' }],
  ] as const) {
    const { way, types } = await bothWays(lateWith(late));
    assert.deepEqual([way, types], ['thorough', { ...TYPES, ...type }], JSON.stringify(late));
  }
});

test('dates are read quickly, and a late text that is none is told', async () => {
  const dated = (i: number) => ({
    ...usual(i),
    day: i % 5 ? `"20${10 + (i % 20)}-0${1 + (i % 9)}-1${i % 10}"` : 'null',
    moment: i % 2 ? `"2020/02/0${1 + (i % 9)}T1${i % 10}:05:0${i % 6}.123${i % 10}"` : `" 1999-12-31 "`,
    instant: i % 7 ? `"2017-08-22T00:0${i % 6}:00.000Z"` : `"2017-08-22 10:00 +0${i % 9}:30"`,
  });
  const types = { ...TYPES, day: 'TIMESTAMP', moment: 'TIMESTAMP', instant: 'TIMESTAMP WITH TIME ZONE' };
  const lateDates = (late: object) =>
    bothWays([feature(properties({ ...dated(1), ...late }))], dated as typeof usual).then((found) => [
      found.way,
      found.types,
    ]);
  for (const late of [
    {},
    { day: '"2024-02-29"' },
    { day: '"9999-12-31T23:59:59.9996"' },
    { day: '"0001-01-01"', moment: 'null', instant: 'null' },
    { instant: '"2020-01-01"' },
    { moment: '"1583/10/14 00:00"' },
  ])
    assert.deepEqual(await lateDates(late), ['quick', types], JSON.stringify(late));
  for (const [name, text] of [
    ['day', '"2023-02-29"'],
    ['day', '"0000-01-01"'],
    ['day', '"12345-01-01"'],
    ['day', '""'],
    ['moment', '"10:00"'],
    ['instant', '"x"'],
  ] as const)
    assert.deepEqual(await lateDates({ [name]: text }), ['thorough', { ...types, [name]: 'VARCHAR' }], text);
  const [way, withZone] = await lateDates({ day: '"2020-01-01T00:00Z"' });
  assert.deepEqual([way, withZone], ['thorough', { ...types, day: 'TIMESTAMP WITH TIME ZONE' }]);
  assert.equal((await lateDates({ day: '20200101' }))[0], 'thorough');
});

test('a late property that others do not have, whatever its name, and one that is missing', async () => {
  for (const name of ['late', 'N', 'T', '', 'é']) {
    const { types, last } = await bothWays(lateWith({ [name]: '7' }));
    assert.deepEqual(types, { ...TYPES, [name]: 'DOUBLE' });
    assert.ok(last.at(-1)!.includes(7), name);
  }
  const { types } = await bothWays([feature('{"n":1}'), feature('{}')]);
  assert.deepEqual(types, { ...TYPES, n: 'DOUBLE', r: 'DOUBLE', b: 'DOUBLE' });
  const twice = properties(usual(1)).replace('{"n":1', '{"n":1,"n":2');
  assert.equal((await bothWays([feature(twice)])).last.at(-1)![0], 2);
});

test('a late feature that is otherwise', async () => {
  const text = properties(usual(1));
  const without = `{"type":"Feature","foo":1,"geometry":null}`;
  assert.equal((await bothWays([without])).types.foo, 'DOUBLE');
  assert.equal((await bothWays([feature('null')])).way, 'thorough');
  await assert.rejects(bothWays([feature(text).replace('"Feature"', '"Other"')]), { code: 'ING_BAD_FILE' });
  await assert.rejects(bothWays([feature('[1]')]), { code: 'ING_BAD_FILE' });
  await assert.rejects(bothWays([feature(text, '', '{"type":"Point","coordinates":["x"]}')]), {
    code: 'ING_BAD_GEOMETRY',
    message: new RegExp(`feature ${FEATURES} `),
  });
  assert.equal((await bothWays([feature(text, '', 'null')])).way, 'quick');
});

test('late ids', async () => {
  const text = properties(usual(1));
  const id = (value: string) => feature(text, `"id":${value},`);
  assert.equal((await bothWays([id('7')])).way, 'quick');
  assert.deepEqual((await bothWays([id('"a"')])).types, { id: 'VARCHAR', ...TYPES });
  assert.deepEqual((await bothWays([id('-1')])).types, { id: 'DOUBLE', ...TYPES });
  const numbered = (i: number) => `"id":${i},`;
  assert.deepEqual(await bothWays([id('7')], usual, numbered).then(({ way, types }) => [way, types]), ['quick', TYPES]);
  assert.deepEqual((await bothWays([id('"a"')], usual, numbered)).types, TYPES);
  assert.deepEqual((await bothWays([id('-7')], usual, numbered)).types, { id: 'INTEGER', ...TYPES });
});

test('late ids beside properties called id', async () => {
  const withId = (i: number) => ({ id: String(i), ...usual(i) });
  const late = (more: string) => feature(properties({ id: 'null', ...usual(1) }), more);
  const types = { id: 'DOUBLE', ...TYPES };
  for (const more of ['', '"id":5,', '"id":"x",'])
    assert.deepEqual((await bothWays([late(more)], withId)).types, types);
  const { way } = await bothWays([feature(properties(withId(1)), '"id":5,')], withId, (i) => `"id":${i},`);
  assert.equal(way, 'quick');
});

test('names that a structure cannot hold are read thoroughly from the start', async () => {
  const head = (i: number) => ({ ...usual(i), N: '1', '': '2' });
  const { way, types, last } = await bothWays([], head as typeof usual);
  assert.deepEqual(
    [way, types, last[0]!.slice(-3)],
    ['thorough', { ...TYPES, N: 'INTEGER', '': 'INTEGER' }, [1, 2, 'POINT (1 2)']],
  );
});
