import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { exists } from '../../src/crs/areas.ts';
import { IngestProject, id, rowsOf, scratch } from './project.ts';

/** Coordinates that are not where their CRS is made for: those of another one, or nonsense. */

interface Options {
  crs: string;
  target?: string;
  checks?: unknown[];
}

async function ingested(t: TestContext, rows: readonly string[], { crs, target, checks }: Options, accept = false) {
  const project = await IngestProject.make(t);
  const definition = {
    id: 't',
    attributes: { name: 'T' },
    ingestion: {
      source: { type: 'local_file', path: 't.csv' },
      file_format: { type: 'csv', geometry: { crs, geom_column: { x: 'x', y: 'y' } } },
      ...(target ? { target_crs: target } : {}),
    },
    ...(checks ? { checks } : {}),
  };
  await project.templateText('t', JSON.stringify(definition));
  await project.write('t.csv', `x,y\n${rows.join('\n')}\n`);
  const outcome = await project.tellHere('t', { version: 'v1', accept });
  const [version] = await project.store.versions(id('t'));
  const warnings = version?.record.datasets[0]?.warnings ?? [];
  return { ...outcome, messages: warnings.map(({ message }) => message) };
}

const NEW_YORK = '-74,40.7';
const MANHATTAN_IN_FEET = '990000,190000';

test('degrees under a CRS of metres: the share, the area and the first row', async (t) => {
  const rows = ['583000,4506000', NEW_YORK, '-73.9,40.8', ','];
  const { messages, stderr } = await ingested(t, rows, { crs: 'EPSG:32618', target: 'EPSG:2263' });
  assert.match(
    messages[0]!,
    /^2 of 3 rows \(66\.7%\) lie outside the area of use of EPSG:2263 \(longitude -74\.26 to -71\.8, latitude 40\.47 to 41\.3\), first row 2 at -1540318\.\d, -157497\d\d$/,
  );
  assert.match(stderr, /warning: t: 2 of 3 rows .*\(check: within_crs_area\)/);
});

test('the CRS of the source counts also where that of the result is the world', async (t) => {
  const { messages } = await ingested(t, [NEW_YORK], { crs: 'EPSG:32618', target: 'EPSG:4326' });
  assert.match(messages.join(), /^1 of 1 rows \(100%\) lie outside the area of use of EPSG:32618 .* at -79\.4/);
});

test('feet under degrees, swapped axes, and a CRS whose area nobody has written down in its units', async (t) => {
  const inFeet = await ingested(t, [MANHATTAN_IN_FEET, NEW_YORK], { crs: 'EPSG:4326' });
  assert.match(inFeet.messages.join(), /^1 of 2 rows \(50%\) lie outside the area of use of EPSG:4326/);
  const swapped = await ingested(t, ['40.7,-74', NEW_YORK], { crs: 'EPSG:4326', target: 'EPSG:2263' });
  assert.match(swapped.messages.join(), /^1 of 2 rows \(50%\) lie outside the area of use of EPSG:2263/);
  const lost = await ingested(t, [MANHATTAN_IN_FEET, NEW_YORK], { crs: 'EPSG:4326', target: 'EPSG:3857' });
  assert.match(
    lost.messages.join(),
    /^1 of 2 rows \(50%\) lie outside .*EPSG:3857 .* first row 1 at infinity, infinity$/,
  );
  const elsewhere = await ingested(t, ['500000,5600000', '5000000,5600000'], { crs: 'EPSG:25832' });
  assert.match(elsewhere.messages.join(), /^1 of 2 rows \(50%\) lie outside the area of use of EPSG:25832/);
});

test('what lies where it should is no warning: edges of the world, and both sides of the date line', async (t) => {
  const right: [string[], Options][] = [
    [['-180,-90', '180,90', NEW_YORK], { crs: 'EPSG:4326' }],
    [['-180,-85', '180,85'], { crs: 'EPSG:4326', target: 'EPSG:3857' }],
    [[MANHATTAN_IN_FEET], { crs: 'EPSG:2263', target: 'EPSG:4326' }],
    [[NEW_YORK], { crs: 'EPSG:4326', target: 'EPSG:2263' }],
    [['179.9,-17', '-179.9,-17'], { crs: 'EPSG:4326', target: 'EPSG:3832' }],
    [[',', ','], { crs: 'EPSG:2263' }],
  ];
  for (const [rows, options] of right) {
    const { code, messages, stderr } = await ingested(t, rows, options);
    assert.equal(code, 0, stderr);
    assert.deepEqual(messages, [], JSON.stringify(options));
  }
});

test('an error where the template asks for it, from the share on that it names', async (t) => {
  const rows = [MANHATTAN_IN_FEET, MANHATTAN_IN_FEET, MANHATTAN_IN_FEET, '0,0'];
  const options = (max_share: number) => ({ crs: 'EPSG:2263', checks: [{ within_crs_area: { args: { max_share } } }] });
  const refused = await ingested(t, rows, options(20));
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /ING_CHECK_FAILED: .*1 of 4 rows \(25%\) lie outside .*\(within_crs_area\)/);
  assert.equal((await ingested(t, rows, options(20), true)).code, 0);
  assert.deepEqual((await ingested(t, rows, options(30))).messages, []);
});

test('every system that DuckDB knows is in the list, so that check refuses none of them', async (t) => {
  const systems = await rowsOf('SELECT auth_name, auth_code FROM duckdb_coordinate_systems()', await scratch(t));
  assert.ok(systems.length > 7000);
  const unlisted = systems.filter(
    ({ auth_name: authority, auth_code: code }) => exists(String(authority), String(code)) === false,
  );
  assert.deepEqual(unlisted, []);
});
