import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AssetDetail } from '../../../src/serve/api.ts';
import { noBrowser } from '../../browser.ts';
import { crowding } from '../../crowding.ts';
import { barriers, builtPage, takePicture, troublesOf } from '../../page/browser.ts';
import { IN_SECOND_PART } from '../../second-part.ts';
import { eventually, lifecycle } from '../server-fixture.ts';
import { openAirflow, openVersions, type Person, tokenOf } from './person.ts';
import { server, VIEWER, versionsOf } from './served.ts';

/** Every route of the plugin, and what each person is answered. The last three are actions. */
const ROUTES: [method: string, path: string, admin: number, viewer: number][] = [
  ['GET', 'page/airflow.js', 200, 200],
  ['GET', 'page/nothing.js', 404, 404],
  ['GET', 'page/..%2f..%2f..%2fpackage.json', 404, 404],
  ['GET', 'api/openapi.json', 200, 200],
  ['GET', 'api/session', 200, 200],
  ['GET', 'api/assets', 200, 200],
  ['GET', 'api/assets/ingest/nyc_boroughs', 200, 200],
  ['GET', 'api/assets/ingest/nothing', 404, 404],
  ['GET', 'api/assets/ingest/nyc_boroughs/versions/16a', 200, 200],
  ['GET', 'api/assets/builds/boroughs/readiness', 200, 200],
  ['GET', 'api/assets/builds/open%20data%20report', 200, 200],
  ['GET', 'api/lineage/ingest/nyc_boroughs', 200, 200],
  ['GET', 'api/rows?ref=nyc_boroughs@16a', 200, 200],
  ['GET', 'api/profile?ref=nyc_boroughs@16a', 200, 200],
  ['GET', 'api/tiles?ref=nyc_boroughs@16a', 200, 200],
  ['GET', 'api/diff/tiles?a=nyc_boroughs@16a&b=nyc_boroughs@16a', 200, 200],
  ['GET', 'api/files/ingest/nyc_boroughs/16a/nyc_boroughs/nyc_boroughs.parquet', 200, 200],
  ['POST', 'api/assets/ingest/nyc_boroughs/latest', 400, 403],
  ['POST', 'api/assets/ingest/nyc_boroughs/versions/16a/release', 400, 403],
  ['DELETE', 'api/assets/ingest/nyc_boroughs/versions/none', 404, 403],
];

/** The page with the versions, in Airflow's own. */
export function page(): void {
  test('every route of the page asks Airflow who it is: all may read who may log in, a viewer changes nothing', async () => {
    await builtPage();
    const tokens = { admin: await tokenOf('admin'), viewer: await tokenOf(VIEWER), nobody: undefined };
    for (const [method, route, admin, viewer] of ROUTES) {
      for (const [person, wanted] of Object.entries({ admin, viewer, nobody: 401 })) {
        const token = tokens[person as keyof typeof tokens];
        const { status } = await fetch(`${server.client.url}/lifecycle/${route}`, {
          method,
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        });
        assert.equal(status, wanted, `${person}: ${method} ${route}`);
      }
    }
  });

  test('a run that failed in Airflow is a failed version, with what its log says', async () => {
    const headers = { authorization: `Bearer ${await tokenOf(VIEWER)}` };
    const versions = async () => {
      const response = await fetch(`${server.client.url}/lifecycle/api/assets/ingest/nyc_boroughs`, { headers });
      return ((await response.json()) as AssetDetail).all_versions;
    };
    await eventually('it is told', 30_000, async () => (await versions()).some(({ key }) => key === '99z'));
    const failed = (await versions()).find(({ key }) => key === '99z')!;
    assert.equal(failed.state, 'failed');
    assert.equal(failed.run?.dag_id, 'ingest_nyc_boroughs');
    assert.match(failed.warnings.join(), /SRC_NOT_FOUND|nybb_99z/);
  });

  test('what a person may do is told, and who releases a version is known by the name at Airflow', async () => {
    const ask = async (person: Person, route: string, body?: unknown) => {
      const response = await fetch(`${server.client.url}/lifecycle/api/${route}`, {
        headers: { authorization: `Bearer ${await tokenOf(person)}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
      return { status: response.status, json: (await response.json()) as Record<string, unknown> };
    };
    for (const route of ['session', 'session?dag=ingest_parks']) {
      const all = { change: true, remove: true, start: true };
      assert.deepEqual((await ask('admin', route)).json, { person: 'admin', airflow: true, may: all });
      const none = { change: false, remove: false, start: false };
      assert.deepEqual((await ask(VIEWER, route)).json, { person: VIEWER, airflow: true, may: none });
    }
    const quarantined = await lifecycle(server.project, 'ingest', 'library_visits', '2024-04');
    assert.equal(quarantined.code, 4);
    const route = 'assets/ingest/library_visits/versions/2024-04/release';
    assert.equal((await ask(VIEWER, route, { reason: 'never' })).status, 403);
    const { status, json } = await ask('admin', route, { reason: 'asked the libraries' });
    assert.equal(status, 200);
    assert.equal((json.released as { by: string }).by, 'admin');
    const { event_logs: log } = await server.client.request<{ event_logs: { owner: string; extra: string }[] }>(
      ...(['GET', '/eventLogs?event=lifecycle.change&limit=100'] as const),
    );
    const noted = log.filter(({ extra }) => extra.includes('asked the libraries'));
    assert.deepEqual([noted.length, noted[0]?.owner], [1, 'admin']);
    assert.ok(noted[0]!.extra.includes('library_visits'));
  });

  describe('in a browser', { skip: noBrowser }, () => {
    test('a viewer sees it, in the dark as well, is offered nothing that would be refused, and told why', async () => {
      const opened = await openVersions(VIEWER, 'dark');
      await opened.getByRole('link', { name: 'nyc_boroughs', exact: true }).click();
      await opened.getByRole('link', { name: '16a' }).first().click();
      await opened.getByRole('tab', { name: 'Map' }).click();
      await opened.locator('.map[data-drawn]').waitFor();
      await takePicture(opened, 'airflow-map-dark-1440');
      assert.deepEqual(await barriers(opened), []);
      assert.deepEqual(troublesOf(opened), []);
      await opened.getByRole('link', { name: 'nyc_boroughs', exact: true }).click();
      await opened.getByText('Your account may look at this').waitFor();
      assert.equal(
        await opened.getByRole('button', { name: /Materialize|Retry|Remove|Make latest|Release/ }).count(),
        0,
      );
      await opened.getByRole('link', { name: 'All assets' }).click();
      await opened.getByRole('link', { name: 'boroughs', exact: true }).first().click();
      await opened.getByRole('cell', { name: 'borough_population', exact: true }).waitFor();
      assert.equal(await opened.getByRole('button', { name: /build/i }).count(), 0);
    });

    test('an admin finds the page in the navigation and materializes a version there', async () => {
      const opened = await openVersions('admin');
      await takePicture(opened, 'airflow-assets-light-1440');
      assert.deepEqual(await barriers(opened), []);
      await opened.getByRole('link', { name: 'parks', exact: true }).click();
      await opened.getByRole('button', { name: 'Materialize…' }).click();
      const dialog = opened.getByRole('dialog');
      await dialog.getByText('Options').click();
      await dialog.getByLabel('CSV').check();
      await dialog.getByLabel(/^Versions/).fill('from the\npage');
      await dialog.getByRole('button', { name: 'Start 3 versions' }).waitFor();
      await dialog.getByLabel(/^Versions/).fill('from_page');
      await takePicture(opened, 'airflow-dialog-light-1440');
      assert.deepEqual(await barriers(opened), []);
      await dialog.getByRole('button', { name: 'Start' }).click();
      await dialog.getByText('success').waitFor({ timeout: 90_000 * crowding() });
      assert.deepEqual(await versionsOf('parks').then((all) => all.includes('from_page')), true);
      await dialog.getByRole('button', { name: 'Close' }).click();
      await opened.getByRole('link', { name: 'from_page', exact: true }).first().click();
      await opened.getByRole('link', { name: 'parks.csv' }).waitFor();
      assert.deepEqual(troublesOf(opened), []);
    });

    test('from Airflow 3.4 on, the page of an asset has a tab with its versions', async (t) => {
      const { version } = await server.client.request<{ version: string }>('GET', '/version');
      if (version < '3.4')
        return t.skip(`NOT RUN: Airflow ${version} has no tabs of plugins there; npm run test:next looks`);
      const { assets } = await server.client.request<{ assets: { id: number }[] }>(
        ...(['GET', '/assets?name_pattern=nyc_boroughs'] as const),
      );
      const opened = await openAirflow('admin');
      await opened.goto(`${server.client.url}/assets/${assets[0]!.id}`);
      await opened.locator('a[href*="asset-versions"]').click();
      await opened.getByRole('heading', { level: 1, name: /^nyc_boroughs/ }).waitFor();
      await opened.getByRole('link', { name: '16a', exact: true }).first().waitFor();
      await takePicture(opened, 'airflow-tab-light-1440');
      assert.deepEqual(await barriers(opened), []);
      await opened.getByRole('link', { name: '16a', exact: true }).first().click();
      await opened.getByRole('cell', { name: 'Queens' }).waitFor();
      assert.deepEqual(troublesOf(opened), []);
    });

    test('a product builds with one click, after what it lacks', { skip: IN_SECOND_PART }, async () => {
      const opened = await openVersions('admin');
      await opened.getByRole('link', { name: 'boroughs', exact: true }).first().click();
      await opened.getByLabel('Partition key').fill('from_page');
      await opened.keyboard.press('Enter');
      await opened.getByRole('button', { name: 'Build from_page' }).click();
      await opened
        .getByRole('status')
        .getByText('success')
        .waitFor({ timeout: 120_000 * crowding() });
      await opened.getByRole('link', { name: 'from_page', exact: true }).first().waitFor();
      assert.deepEqual(troublesOf(opened), []);
    });
  });
}
