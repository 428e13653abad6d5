import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { IngestProject } from './project.ts';

/** Fault row 44 in files of many features, the first of which tell the columns: a late one that is otherwise is not lost. */

const FEATURES = 20_000;
const usual = Array.from(
  { length: FEATURES },
  (_, i) =>
    `{"type":"Feature","properties":{"n":${i},"t":"x${i % 7}","d":"2024-01-02"},"geometry":{"type":"Point","coordinates":[1,2]}}`,
);

/** Types and values of the last features, those that stand behind the usual ones. */
async function late(test: TestContext, lines: string[], separator = ',\n') {
  const project = await IngestProject.make(test);
  const source = { type: 'local_file', path: 'places.geojson' };
  await project.template('places', { source, file_format: { type: 'geojson' } });
  const list = [...usual.slice(0, -2), ...lines].join(separator);
  await project.write('places.geojson', `{"type":"FeatureCollection","features":[\n${list}\n]}\n`);
  const { code, stderr } = await project.tellHere('places');
  if (code !== 0) return { error: /error (\w+)/.exec(stderr)?.[1] };
  const types = await project.query('DESCRIBE SELECT * EXCLUDE (geom) FROM FILE', 'places', 'v1');
  const rows = await project.query(
    `SELECT * REPLACE (ST_AsText(geom) AS geom) FROM FILE OFFSET ${FEATURES - 2}`,
    'places',
    'v1',
  );
  return {
    types: Object.fromEntries(types.map((column) => [column.column_name, column.column_type])),
    rows: rows.map((row) => Object.values(row)),
  };
}

const feature = (properties: string, geometry = 'null', more = '') =>
  `{"type":"Feature",${more}"properties":${properties},"geometry":${geometry}}`;
const TYPES = { n: 'INTEGER', t: 'VARCHAR', d: 'TIMESTAMP' };
const DAY = '2024-01-02 00:00:00';

test('fault 44: late features like the first ones', async (t) => {
  assert.deepEqual(
    await late(t, [feature('{"n":-1,"t":"","d":"2024-01-02"}'), feature('{"n":-2,"t":null,"d":null}')]),
    {
      types: TYPES,
      rows: [
        [-1, '', DAY, null],
        [-2, null, null, null],
      ],
    },
  );
});

test('fault 44: a late value of another type changes its column', async (t) => {
  const typeAfter = async (properties: string) => {
    const { types, rows } = await late(t, [feature(properties)]);
    return [types, rows?.[0]];
  };
  const day = '"d":"2024-01-02"';
  assert.deepEqual(await typeAfter(`{"n":3000000000,"t":"x",${day}}`), [
    { ...TYPES, n: 'BIGINT' },
    ['3000000000', 'x', DAY, null],
  ]);
  assert.deepEqual(await typeAfter(`{"n":1.5,"t":"x",${day}}`), [{ ...TYPES, n: 'DOUBLE' }, [1.5, 'x', DAY, null]]);
  assert.deepEqual(await typeAfter(`{"n":null,"t":"x",${day}}`), [{ ...TYPES, n: 'DOUBLE' }, [null, 'x', DAY, null]]);
  assert.deepEqual(await typeAfter(`{"n":"7a","t":"x",${day}}`), [{ ...TYPES, n: 'VARCHAR' }, ['7a', 'x', DAY, null]]);
  assert.deepEqual(await typeAfter(`{"n":"7","t":5,${day}}`), [{ ...TYPES, n: 'VARCHAR' }, ['7', '5', DAY, null]]);
  assert.deepEqual(await typeAfter('{"n":1,"t":"x","d":"soon"}'), [{ ...TYPES, d: 'VARCHAR' }, [1, 'x', 'soon', null]]);
  assert.deepEqual(await typeAfter('{"n":1,"t":"x","d":""}'), [{ ...TYPES, d: 'VARCHAR' }, [1, 'x', '', null]]);
});

test('fault 44: a late property is a column, and one that is left out a null', async (t) => {
  assert.deepEqual(await late(t, [feature('{"n":1,"late":true,"t":"x","d":null}')]), {
    types: { n: 'INTEGER', late: 'DOUBLE', t: 'VARCHAR', d: 'TIMESTAMP' },
    rows: [[1, 1, 'x', null, null]],
  });
  for (const properties of ['{"t":"x","d":null}', '{}', 'null'])
    assert.deepEqual((await late(t, [feature(properties)])).types, { ...TYPES, n: 'DOUBLE' }, properties);
});

test('fault 44: a late id that is text makes a column of ids', async (t) => {
  const found = await late(t, [feature('{"n":1,"t":"x","d":null}', 'null', '"id":"a7",')]);
  assert.deepEqual(found, { types: { id: 'VARCHAR', ...TYPES }, rows: [['a7', 1, 'x', null, null]] });
});

test('fault 44: features are counted as features, however they stand on lines', async (t) => {
  const odd = [feature('{"n":1,"t":"a","d":null}'), feature('{"n":2,"t":"},{","d":null}')];
  const rows = [
    [1, 'a', null, null],
    [2, '},{', null, null],
  ];
  for (const lines of [odd, [odd.join(',')], [odd.join(',\n').replaceAll(':', ':\n')], [`${odd[0]}\n,\n\n${odd[1]}`]])
    assert.deepEqual((await late(t, lines)).rows, rows, lines[0]);
  assert.deepEqual((await late(t, odd, ',')).rows, rows);
});

test('fault 44: a late geometry of another type is kept, one that is none is refused, and so is a late break', async (t) => {
  const properties = '{"n":1,"t":"x","d":null}';
  const line = '{"type":"LineString","coordinates":[[0,0,1],[1,1,1]]}';
  assert.deepEqual((await late(t, [feature(properties, line)])).rows?.[0]?.[3], 'LINESTRING Z (0 0 1, 1 1 1)');
  assert.deepEqual(await late(t, [feature(properties, '{"type":"Point","coordinates":["x"]}')]), {
    error: 'ING_BAD_GEOMETRY',
  });
  assert.deepEqual(await late(t, [feature('{"n":1 "t":2}')]), { error: 'ING_BAD_FILE' });
  assert.deepEqual(await late(t, [feature(properties).slice(0, -1)]), { error: 'ING_BAD_FILE' });
});
