import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { APPEARANCES, noBrowser } from '../browser.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';
import { ServedProject } from '../serve/project.ts';
import { barriers, builtPage, openMapBrowser, openPage, takePicture, troublesOf } from './browser.ts';

interface Look {
  name: string;
  hash: string;
  title: RegExp;
  /** Seen once the page is whole. */
  whole: (page: Page) => Promise<void>;
}

const seen = (text: string | RegExp) => (page: Page) => page.getByText(text).first().waitFor();
const tab = (name: string, then: (page: Page) => Promise<void>) => async (page: Page) => {
  await page.getByRole('tab', { name }).click();
  await then(page);
};

const LOOKS: Look[] = [
  { name: 'assets', hash: '', title: /^All assets/, whole: seen('library_visits') },
  { name: 'asset', hash: 'ingest/library_visits', title: /^library_visits/, whole: seen('2024-02') },
  { name: 'broken asset', hash: 'ingest/torn', title: /^torn/, whole: seen('Findings') },
  {
    name: 'product',
    hash: 'builds/boroughs',
    title: /^boroughs/,
    whole: async (page) => page.locator('td[title*="pinned in the recipe"]').first().waitFor(),
  },
  { name: 'version', hash: 'ingest/libraries/version/2024', title: /2024/, whole: seen('Harbor Steps Library') },
  {
    name: 'columns',
    hash: 'ingest/libraries/version/2024',
    title: /2024/,
    whole: tab('Columns', async (page) => page.getByRole('img', { name: /visits_per_week/ }).waitFor()),
  },
  {
    name: 'map',
    hash: 'ingest/nyc_boroughs/version/16a',
    title: /16a/,
    whole: tab('Map', async (page) => page.locator('.map[data-drawn]').waitFor()),
  },
  {
    name: 'build',
    hash: 'builds/boroughs/version/one',
    title: /one/,
    whole: async (page) => page.getByRole('img', { name: 'boroughs.svg' }).waitFor(),
  },
  {
    name: 'changes',
    hash: 'ingest/library_visits/diff/2024-01/2024-02',
    title: /2024-01/,
    whole: seen('visits'),
  },
  { name: 'lineage', hash: 'builds/boroughs/lineage', title: /^Lineage/, whole: seen('nyc_boroughs') },
];

/** What is looked at dark and narrow in the first part too. */
const DARK = ['assets', 'product', 'version', 'changes'];

test('every page, light and dark, wide and narrow', { skip: noBrowser }, async (t: TestContext) => {
  const dir = await builtPage();
  const served = await ServedProject.make(t);
  await served.lifecycle('ingest', 'nyc_boroughs', '16a');
  await served.lifecycle('ingest', 'borough_tables', '2020');
  await served.lifecycle('ingest', 'libraries', '2024');
  await served.lifecycle('ingest', 'library_visits', '2024-01');
  await served.lifecycle('ingest', 'library_visits', '2024-02');
  await served.lifecycle('build', 'boroughs', 'one', '--version', '16a');
  await served.write('ingest_templates/torn.yml', 'id: torn\nacl: nobody\ningestion: {}\n');
  const address = new URL(await served.start('--page', dir));
  const browser = await openMapBrowser(t);

  leavesOut(t, 'light and narrow, dark and wide, more pages dark and narrow; pictures of all');
  for (const { colorScheme, width } of APPEARANCES) {
    await t.test(`${colorScheme}, ${width} pixels wide`, async () => {
      const page = await openPage(browser, { colorScheme, viewport: { width, height: 900 } });
      await page.goto(address.href);
      await page.getByText('library_visits').waitFor();
      const looks = LOOKS.filter(({ name }) => BOTH_PARTS || colorScheme === 'light' || DARK.includes(name));
      for (const { name, hash, title, whole } of looks) {
        await page.goto(`${address.origin}/#/${hash}`);
        await whole(page);
        if (BOTH_PARTS) await takePicture(page, `${name}-${colorScheme}-${width}`);
        assert.match(await page.title(), title, name);
        assert.deepEqual(troublesOf(page), [], name);
        assert.deepEqual(await barriers(page), [], name);
        const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
        assert.ok(beyond <= 0, `${name} is ${beyond} pixels wider than the window`);
      }
      await page.context().close();
    });
  }
});
