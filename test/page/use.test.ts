import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { noBrowser } from '../browser.ts';
import { ServedProject } from '../serve/project.ts';
import { builtPage, openMapBrowser, openPage, troublesOf } from './browser.ts';

test('what people do on the page', { skip: noBrowser }, async (t: TestContext) => {
  const dir = await builtPage();
  const served = await ServedProject.make(t);
  await served.lifecycle('ingest', 'nyc_boroughs', '16a');
  await served.lifecycle('ingest', 'borough_tables', '2020');
  await served.lifecycle('ingest', 'libraries', '2023');
  await served.lifecycle('ingest', 'libraries', '2024');
  await served.lifecycle('ingest', 'libraries', '2025');
  await served.lifecycle('build', 'boroughs', 'one', '--version', '16a');
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
    await page.getByRole('group', { name: 'State' }).getByRole('button', { name: 'never 4' }).click();
    assert.deepEqual(await page.locator('a.title').allTextContents(), [
      'library_visits',
      'open data report',
      'parks',
      'tree_survey',
    ]);
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
    assert.equal(await page.getByRole('group', { name: 'State' }).count(), 0, 'one state alone narrows nothing');
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
