import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOTS, Workbench } from './workbench.ts';

const NOTHING = { equal: 34_736, added: 0, removed: 0, changed: 0 };
/** Each corner elsewhere by at most 1e-7 ft, another one in each row. */
const JITTER = `ST_MakePolygon(ST_MakeLine(list_transform(ST_Dump(ST_Points(geom)), lambda p, j: ST_Point(ST_X(p.geom) + 1e-7 * (j % 5 - 2) / 2, ST_Y(p.geom) - 1e-7 * (j % 5 - 2) / 2))))`;

test('the same rows in another order are no change, and a key is found', async (t) => {
  const bench = await Workbench.make(t);
  const diff = await bench.diff(LOTS, `SELECT * FROM (${LOTS}) ORDER BY hash(bbl)`);
  assert.deepEqual(diff.rows, NOTHING);
  assert.equal(diff.equal, true);
  assert.deepEqual(diff.key, {
    columns: ['bbl'],
    by: 'found',
    duplicates: { before: { keys: 0, rows: 0 }, now: { keys: 0, rows: 0 } },
  });
});

test('jitter in the seventh decimal, rings begun elsewhere and reversed are no change; the tolerance is said', async (t) => {
  const bench = await Workbench.make(t);
  const moved = `SELECT * REPLACE (ST_SetCRS(CASE WHEN floors % 2 = 0 THEN ST_Reverse(ST_Normalize(${JITTER})) ELSE ${JITTER} END, 'EPSG:2263') AS geom) FROM (${LOTS})`;
  const diff = await bench.diff(LOTS, moved);
  assert.deepEqual(diff.rows, NOTHING);
  assert.equal(diff.equal, true);
  assert.equal(diff.tolerances.shapes, 0.001);
  assert.equal(diff.tolerances.unit, 'units of the CRS');
  const tight = await bench.compare({ tolerance: ['geom=1e-9'] });
  assert.ok(tight.diff.rows.changed > 34_000, String(tight.diff.rows.changed));
  assert.ok(tight.diff.columns.find(({ name }) => name === 'geom')!.shapes!.largest_distance! < 2e-7);
});

test('jitter is no change where nothing but the shapes tells rows apart', async (t) => {
  const bench = await Workbench.make(t);
  const rows = `SELECT 'lot' AS kind, geom FROM (${LOTS})`;
  const diff = await bench.diff(
    rows,
    `SELECT kind, ST_SetCRS(${JITTER}, 'EPSG:2263') AS geom FROM (${rows}) ORDER BY hash(ST_AsText(geom))`,
  );
  assert.equal(diff.key, null);
  assert.deepEqual(diff.rows, NOTHING);
});

test('exactly ten planted changes among 34,736 are found, named by key, old and new', async (t) => {
  const bench = await Workbench.make(t);
  const planted = `SELECT * REPLACE (
      CASE WHEN bbl IN ('1000010070', '1000010077') THEN 'somebody else' ELSE owner END AS owner,
      CASE WHEN bbl = '1000010700' THEN value + 0.01 WHEN bbl = '1000010707' THEN NULL ELSE value END AS value,
      CASE WHEN bbl = '1000017000' THEN 0 ELSE floors END AS floors,
      ST_SetCRS(CASE WHEN bbl = '1000080000' THEN ST_MakePolygon(ST_MakeLine(list_transform(ST_Dump(ST_Points(geom)), lambda p: ST_Point(ST_X(p.geom) + 3, ST_Y(p.geom) + 4)))) ELSE ${JITTER} END, 'EPSG:2263') AS geom)
    FROM (${LOTS}) WHERE bbl NOT IN ('1000010140', '1000010147')
    UNION ALL SELECT * REPLACE (bbl || 'x' AS bbl) FROM (${LOTS}) WHERE bbl IN ('1000010210', '1000010217')`;
  const diff = await bench.diff(LOTS, `SELECT * FROM (${planted}) ORDER BY hash(bbl)`);
  assert.deepEqual(diff.rows, { equal: 34_728, added: 2, removed: 2, changed: 6 });
  assert.equal(diff.equal, false);
  assert.deepEqual(diff.added.map(({ bbl }) => bbl).toSorted(), ['1000010210x', '1000010217x']);
  assert.deepEqual(diff.removed, [{ bbl: '1000010140' }, { bbl: '1000010147' }]);
  assert.deepEqual(Object.fromEntries(diff.changed.map(({ key, columns }) => [key.bbl, Object.keys(columns).join()])), {
    '1000010070': 'owner',
    '1000010077': 'owner',
    '1000010700': 'value',
    '1000010707': 'value',
    '1000017000': 'floors',
    '1000080000': 'geom',
  });
  assert.deepEqual(Object.fromEntries(diff.columns.map(({ name, changed }) => [name, changed])), {
    bbl: 0,
    owner: 2,
    sold: 0,
    value: 2,
    floors: 1,
    geom: 1,
  });
  const owner = diff.columns.find(({ name }) => name === 'owner')!;
  assert.ok(
    owner.samples.some(
      ({ key, before, now }) => key.bbl === '1000010070' && before === 'owner 10' && now === 'somebody else',
    ),
  );
  const geom = diff.columns.find(({ name }) => name === 'geom')!;
  // The shape is moved by 3 and 4 feet: no place of it is further from the other's outline than that.
  assert.ok(
    geom.shapes!.largest_distance! > 3 && geom.shapes!.largest_distance! <= 5,
    String(geom.shapes!.largest_distance),
  );
  assert.ok(geom.shapes!.area_between! > 500 && geom.shapes!.area_between! < 1000, String(geom.shapes!.area_between));
  assert.deepEqual([geom.samples[0]!.key, geom.samples[0]!.before], [{ bbl: '1000080000' }, 'POLYGON, 6 points']);
});
