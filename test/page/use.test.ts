import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { noBrowser } from '../browser.ts';
import { ServedProject } from '../serve/project.ts';
import { barriers, builtPage, openMapBrowser, openPage, troublesOf } from './browser.ts';

test('what people do on the page', { skip: noBrowser }, async (t: TestContext) => {
  const dir = await builtPage();
  const served = await ServedProject.make(t);
  await served.lifecycle('ingest', 'nyc_boroughs', '16a');
  await served.lifecycle('ingest', 'borough_tables', '2020');
  await served.lifecycle('ingest', 'libraries', '2023');
  await served.lifecycle('ingest', 'libraries', '2024');
  await served.lifecycle('ingest', 'libraries', '2025');
  await served.lifecycle('build', 'boroughs', 'one', '--version', '16a');
  await assert.rejects(served.lifecycle('ingest', 'library_visits', '2024-04'), { code: 4 });
  await served.lifecycle('ingest', 'parks', '2023');
  const parks = JSON.parse(await readFile(path.join(served.project, 'data', 'parks.geojson'), 'utf8'));
  parks.features = parks.features.filter((each: typeof parks) => each.properties.name !== 'Freshkills Park');
  await served.write('data/parks.geojson', JSON.stringify(parks));
  await served.lifecycle('ingest', 'parks', '2024');
  const address = new URL(await served.start('--page', dir));
  const page = await openPage(await openMapBrowser(t), { viewport: { width: 1440, height: 900 } });
  const go = (hash: string) => page.goto(`${address.origin}/#/${hash}`);
  const rows = page.locator('tbody tr');
  await page.goto(address.href);

  await t.test('the token leaves the address, and who has none learns where to get it', async () => {
    await page.getByRole('link', { name: 'libraries' }).waitFor();
    assert.doesNotMatch(page.url(), /token/);
    const stranger = await openPage(page.context().browser()!);
    await stranger.goto(`${address.origin}/`);
    await stranger
      .getByRole('alert')
      .getByText(/lifecycle serve/)
      .waitFor();
  });

  await t.test('words find assets, in any order; the facets narrow them; arrows walk through them', async () => {
    await page.keyboard.type('bound nyc');
    assert.equal(await rows.count(), 1);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('group', { name: 'State' }).getByRole('button', { name: 'never 2' }).click();
    assert.deepEqual(await page.locator('a.title').allTextContents(), ['open data report', 'tree_survey']);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('button', { name: 'Rows', exact: true }).click();
    const [first] = await page.locator('a.title').allTextContents();
    assert.equal(first, 'libraries');
    await page.getByRole('link', { name: 'libraries', exact: true }).focus();
    await page.keyboard.press('ArrowDown');
    const focused = await page.evaluate<string>('document.activeElement.textContent');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: focused }).waitFor();
  });

  await t.test('what the list was narrowed to stands in its address, and is there for who comes back', async () => {
    await go('');
    await page.getByLabel('Search assets').fill('tables');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'borough_tables' }).waitFor();
    await page.goBack();
    await page.getByText('1 of 8 assets').waitFor();
    assert.equal(await page.getByLabel('Search assets').inputValue(), 'tables');
    await page.getByRole('link', { name: 'borough_tables' }).click();
    await page.getByRole('link', { name: 'All assets' }).click();
    await page.getByText('1 of 8 assets').waitFor();
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByText('1 of 8 assets').waitFor();
    await other.close();
    await page.getByRole('button', { name: 'Show all' }).click();
  });

  await t.test('versions that should exist and do not stand beside those that do', async () => {
    await go('ingest/library_visits');
    await page.getByRole('row', { name: '2024-02 missing' }).waitFor();
    assert.equal(await page.locator('main .mark.missing').count(), 3);
    await page.getByRole('button', { name: 'quarantined 1' }).click();
    assert.equal(await rows.count(), 1);
    await page.getByRole('button', { name: 'quarantined 1' }).click();
    assert.equal(await rows.count(), 4);
    assert.equal(
      await page.getByRole('button', { name: /Materialize/ }).count(),
      0,
      'nothing is started without Airflow',
    );
  });

  await t.test('two versions are marked and compared', async () => {
    await go('ingest/libraries');
    await page.getByRole('checkbox', { name: 'compare 2025' }).check();
    await page.getByRole('checkbox', { name: 'compare 2023' }).check();
    await page.getByRole('link', { name: 'Compare 2023 with 2025' }).click();
    await page.getByText('Nothing differs').waitFor();
  });

  await t.test('rows are sorted and filtered by the server', async () => {
    await go('ingest/libraries/version/2024');
    await page.getByRole('button', { name: 'visits_per_week' }).click();
    await page.locator('th[aria-sort=ascending]').waitFor();
    await page.locator('tbody tr:first-child').getByText('City Island Library').waitFor();
    await page.getByLabel('Column', { exact: true }).selectOption('borough');
    await page.getByLabel('Value').fill('queens');
    await page.keyboard.press('Enter');
    await page.getByText('1–3 of 3').waitFor();
  });

  await t.test('the tabs go by arrows', async () => {
    await page.getByRole('tab', { name: 'Rows' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('img', { name: /visits_per_week/ }).waitFor();
  });

  await t.test('a click on the map shows the row', async () => {
    await go('ingest/nyc_boroughs/version/16a');
    await page.getByRole('tab', { name: 'Map' }).click();
    const map = page.locator('.map[data-drawn]');
    await map.waitFor();
    const { width, height } = (await map.boundingBox())!;
    // The middle of the city is water; Queens is to the right of it.
    await map.click({ position: { x: width / 2 + height * 0.14, y: height / 2 } });
    await page.getByRole('cell', { name: 'Queens' }).waitFor();
  });

  await t.test('what changed stands in the table and on the map, each with its mark', async () => {
    await go('ingest/parks/diff/2023/2024');
    await page.getByRole('button', { name: 'removed 1' }).click();
    await page.getByRole('row', { name: /^removed R017/ }).waitFor();
    await page.getByRole('tab', { name: 'Map' }).click();
    const map = page.locator('.map[data-drawn]');
    await map.waitFor();
    await page.getByRole('list', { name: 'Legend' }).getByText('removed 1').waitFor();
    // The map shows what changed, and the only shape that has is in its middle.
    await map.locator('canvas').focus();
    await page.keyboard.press('Enter');
    await page.getByText('removed: its row in parks@2023').waitFor();
    await page.getByRole('cell', { name: 'Freshkills Park' }).waitFor();
    assert.deepEqual(await barriers(page), []);
    assert.deepEqual(troublesOf(page), []);
  });

  await t.test('a quarantined version is released with a reason, which its page shows from then on', async () => {
    await go('ingest/library_visits/version/2024-04');
    const opener = page.getByRole('button', { name: 'Release' }).first();
    await opener.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Release' });
    assert.equal(await dialog.getByRole('button', { name: 'Release' }).isDisabled(), true, 'not without a reason');
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate<string>('document.activeElement.textContent'), 'Release', 'the focus comes back');
    await page.keyboard.press('Enter');
    await page.keyboard.type('a branch was closed');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText(/^Released by .*: a branch was closed$/).waitFor();
    await page.getByRole('button', { name: 'Release' }).waitFor({ state: 'detached' });
    assert.equal(await page.evaluate<string>('document.activeElement.tagName'), 'MAIN', 'the button has gone');
    const { json } = await served.ask('/api/assets/ingest/library_visits/versions/2024-04');
    assert.equal(json.state, 'published');
    assert.equal(json.provenance.record.quarantine.released.reason, 'a branch was closed');
  });

  await t.test(
    'what the next build takes leads there, with its age; another partition key is another build',
    async () => {
      await go('builds/boroughs');
      const row = page.getByRole('row', { name: 'borough_population' });
      await row.getByText(/just made|minute/).waitFor();
      assert.match(
        (await row.getByRole('link', { name: '2020' }).getAttribute('href'))!,
        /borough_tables\/version\/2020$/,
      );
      await page.getByLabel('Partition key').fill('26v1');
      await page.keyboard.press('Enter');
      await page.getByText('lifecycle build boroughs 26v1', { exact: true }).waitFor();
      assert.equal(await page.evaluate<string>('document.activeElement.value'), '26v1');
    },
  );

  await t.test('latest is moved back, a version is removed, one that a build has locked stays', async () => {
    await go('ingest/libraries/version/2024');
    await page.getByRole('button', { name: 'Make latest' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make latest' }).click();
    await page.locator('h1').getByText('latest').waitFor();
    assert.equal((await served.ask('/api/assets/ingest/libraries/versions/2024')).json.is_latest, true);

    await go('ingest/libraries/version/2023');
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'Versions' }).waitFor();
    assert.equal((await served.ask('/api/assets/ingest/libraries/versions/2023')).status, 404);
    assert.deepEqual(troublesOf(page), []);

    await go('ingest/nyc_boroughs/version/16a');
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page
      .getByRole('dialog')
      .getByRole('alert')
      .getByText(/boroughs/)
      .first()
      .waitFor();
    assert.equal((await served.ask('/api/assets/ingest/nyc_boroughs/versions/16a')).status, 200);
  });

  await t.test('what is not there says so, with what to do', async () => {
    await go('ingest/libraries/version/1999');
    await page.getByRole('alert').getByText(/1999/).first().waitFor();
  });

  await t.test('a server that has gone leaves what was shown, and says that it may be old', async () => {
    await go('ingest/libraries');
    await page.getByRole('cell', { name: '2025', exact: true }).waitFor();
    await served.stop();
    await page.getByText('What is shown may be old').waitFor();
    assert.equal(await page.getByRole('cell', { name: '2025', exact: true }).count(), 1);
  });
});
