import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { axeOn, type Closes, openBrowser } from '../browser.ts';
import { crowding } from '../crowding.ts';

/** Git ignores it; somebody looks at what lies there. */
const PICTURES = path.join(INSTALLATION, 'build', 'pictures');

/** On a machine that has nothing else to do. */
const WITHIN_MS = 15_000;

/** What a page has said that nobody wants to read. */
const TROUBLES = new WeakMap<Page, string[]>();
/** Drawing in software is slow, and the driver says so. */
const OF_THE_DRIVER = /GL Driver Message/;

/** Builds the page if it has changed, and gives the folder. */
export async function builtPage(): Promise<string> {
  const file = path.join(INSTALLATION, 'bin', 'page.mjs');
  const { buildPage } = (await import(file)) as { buildPage: () => { dir: string } };
  return buildPage().dir;
}

/** One that draws maps without a graphics card, and all else without what draws maps. */
export function openMapBrowser(t: Closes): Promise<Browser> {
  return openBrowser(t, [
    ...['--enable-webgl', '--ignore-gpu-blocklist', '--use-angle=swiftshader', '--disable-gpu-compositing'],
  ]);
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(WITHIN_MS * crowding());
  const troubles: string[] = [];
  TROUBLES.set(page, troubles);
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type()) || OF_THE_DRIVER.test(message.text())) return;
    troubles.push(`${message.text()} ${message.location().url}`);
  });
  return page;
}

/** What the page has complained about since it was asked last. */
export function troublesOf(page: Page): string[] {
  return TROUBLES.get(page)!.splice(0);
}

/** What keeps people from using the page: findings of axe that are serious or worse, each with where it is. */
export async function barriers(page: Page): Promise<string[]> {
  const { violations } = await axeOn(page).include('.lifecycle').analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary}`),
    );
}

export async function takePicture(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
}
