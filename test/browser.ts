import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium, type Page } from 'playwright-core';
import { BOTH_PARTS } from './second-part.ts';

/** Where distributions put it; the project installs none. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** For the `skip` of a test that looks at pages. */
export const noBrowser: string | false = CHROMIUM
  ? false
  : 'NOT TESTED: there is no chromium on this machine (apt install chromium)';

/** How pages are looked at: each scheme and each width once, and in the second part of the tests each with each. */
export const APPEARANCES = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 390 },
  ...(BOTH_PARTS
    ? ([
        { colorScheme: 'light', width: 390 },
        { colorScheme: 'dark', width: 1440 },
      ] as const)
    : []),
] as const;

/** What closes it in the end, such as a test. */
export interface Closes {
  after(work: () => Promise<void>): void;
}

/** @param args the program's own options; without a graphics card, what draws in its place costs half of the time */
export async function openBrowser(test: Closes, args: readonly string[] = ['--disable-gpu']): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', ...args] });
  test.after(() => browser.close());
  return browser;
}

interface Watched {
  page: Page;
  complaints: string[];
}

/** One page of a browser for all that is looked at: what runs there has been compiled by then. */
const WATCHED = new WeakMap<Browser, Watched>();

function watch(page: Page): Watched {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });
  return { page, complaints };
}

/**
 * Opens a page from disk in light and dark, wide and narrow, and holds it to what every page of ours promises: no errors,
 * nothing asked of anybody, no scrolling sideways, nothing serious for those who use a screen reader or need contrast.
 */
export async function lookAt(browser: Browser, file: string, work: (page: Page) => Promise<void> = async () => {}) {
  const watched = WATCHED.get(browser) ?? watch(await browser.newPage());
  WATCHED.set(browser, watched);
  const { page, complaints } = watched;
  complaints.length = 0;
  for (const { colorScheme, width } of APPEARANCES) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(pathToFileURL(file).href);
    const where = `${file}, ${colorScheme}, ${width} wide`;
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(Number(wide) <= width, `${where}: ${wide} wide`);
    if ((colorScheme === 'light') === width > 1000) await assertUsable(page, where);
    await work(page);
    assert.deepEqual(complaints, [], where);
  }
}

/** Looks for violations only, and opens no page of its own to sum them up, as frames of other origins would need: half the work. */
export function axeOn(page: Page, options: { preload?: boolean } = {}): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode().options({ ...options, resultTypes: ['violations'] });
}

async function assertUsable(page: Page, where: string): Promise<void> {
  // It would ask for the style sheet once more, which the page's policy forbids.
  const { violations } = await axeOn(page, { preload: false }).analyze();
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  assert.deepEqual(serious, [], where);
}
