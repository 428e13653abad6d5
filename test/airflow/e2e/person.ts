import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { crowding } from '../../crowding.ts';
import { openMapBrowser, openPage } from '../../page/browser.ts';
import { server, type VIEWER } from './served.ts';

export type Person = 'admin' | typeof VIEWER | 'nobody';

let browser: Browser | undefined;
let shared: Page | undefined;

export async function tokenOf(username: Person): Promise<string | undefined> {
  if (username === 'nobody') return undefined;
  const passwords = JSON.parse(await readFile(path.join(server.home, 'passwords.json'), 'utf8'));
  const response = await fetch(`${server.client.url}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: passwords[username] }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

/**
 * Airflow's own page as this person sees it. It is large, so all share one page of one browser, which keeps its scripts;
 * what it knows of the person before is forgotten.
 */
export async function openAirflow(person: Person, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  browser ??= await openMapBrowser({ after: () => {} });
  if (shared) await forgetPerson(shared);
  shared ??= await openPage(browser, { viewport: { width: 1440, height: 900 } });
  const context = shared.context();
  await context.clearCookies();
  const value = (await tokenOf(person))!;
  await context.addCookies([{ name: '_token', value, url: server.client.url }]);
  await shared.emulateMedia({ colorScheme });
  await shared.goto(`${server.client.url}/`, { timeout: 60_000 * crowding() });
  return shared;
}

/** Asks the browser, since a page that is busy with something may never answer. */
async function forgetPerson(page: Page): Promise<void> {
  await page.goto('about:blank');
  const browserItself = await page.context().newCDPSession(page);
  const storageTypes = 'local_storage,session_storage';
  await browserItself.send('Storage.clearDataForOrigin', { origin: server.client.url, storageTypes });
  await browserItself.detach();
}

/** The page with the versions, from Airflow's navigation. */
export async function openVersions(person: Person, colorScheme?: 'light' | 'dark'): Promise<Page> {
  const opened = await openAirflow(person, colorScheme);
  await opened.getByRole('link', { name: 'Versions' }).click();
  await opened.getByRole('link', { name: 'nyc_boroughs' }).waitFor();
  return opened;
}

/** A page goes on asking the server, so nobody keeps it longer than needed. */
export async function closeBrowser(): Promise<void> {
  const open = browser;
  browser = shared = undefined;
  await open?.close();
}
