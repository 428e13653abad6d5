// The pictures of README.md and page.md, of a real Airflow with the sample project: bin/node docs/pictures.ts
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { INSTALLATION } from '../src/settings/settings.ts';
import { closeBrowser, openVersions } from '../test/airflow/e2e/person.ts';
import { serveProject, server, stopServing } from '../test/airflow/e2e/served.ts';
import { copySample, lifecycle } from '../test/airflow/server-fixture.ts';
import { builtPage } from '../test/page/browser.ts';

const IMAGES = path.join(INSTALLATION, 'docs', 'images');
const SIZE = { width: 1280, height: 560 };
/** What stands in the store, oldest first; the last of the visits is quarantined. */
const MADE = [
  ...['nyc_boroughs 16a', 'borough_tables 2020', 'libraries 2023', 'parks 2023'],
  ...['library_visits 2024-01', 'library_visits 2024-02', 'library_visits 2024-03', 'library_visits 2024-04'],
];

/** A year later two branches have other visits, one has closed, one has moved, and there is a new one. */
async function changeLibraries(): Promise<void> {
  const file = path.join(server.project, 'data', 'libraries.csv');
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const later = lines
    .filter((line) => !line.startsWith('0203,'))
    .map((line) =>
      line.replace(',1840,', ',1905,').replace(',2760,', ',2590,').replace(',40.5519,-74.1512', ',40.5719,-74.1312'),
    );
  later.push('0412,Willow Point Library,Staten Island,10312,718-555-0412,300,2024-03-04,40.5302,-74.1871');
  await writeFile(file, `${later.join('\n')}\n`);
}

const save = async (page: Page, name: string) => {
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: path.join(IMAGES, `${name}.png`) });
};

try {
  await builtPage();
  await serveProject(await copySample());
  for (const words of MADE) await lifecycle(server.project, 'ingest', ...words.split(' '));
  await lifecycle(server.project, 'build', 'boroughs', '26v1', '--version', '16a');
  await changeLibraries();
  await lifecycle(server.project, 'ingest', 'libraries', '2024');
  const page = await openVersions('admin');
  await page.setViewportSize(SIZE);
  await page.getByRole('link', { name: 'library_visits', exact: true }).first().waitFor();
  await save(page, 'versions');
  await page.setViewportSize({ ...SIZE, height: 1080 });
  await page.goto(`${page.url().split('#')[0]}#/ingest/libraries/diff/2023/2024`);
  await page.getByRole('tab', { name: 'Map' }).click();
  await page.locator('.map[data-drawn]').waitFor();
  await save(page, 'changes');
} finally {
  await closeBrowser();
  await stopServing();
}
