import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openPage } from '../../page/browser.ts';
import { server, type VIEWER } from './served.ts';

export type Person = 'admin' | typeof VIEWER | 'nobody';

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

/** Airflow's own page as this person sees it. */
export async function openAirflow(
  browser: Browser,
  person: Person,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const opened = await openPage(browser, { viewport: { width: 1440, height: 900 }, ...options });
  const value = (await tokenOf(person))!;
  await opened.context().addCookies([{ name: '_token', value, url: server.client.url }]);
  // Airflow's own page is large, and runs may be going on beside.
  await opened.goto(`${server.client.url}/`, { timeout: 60_000 });
  return opened;
}

/** The page with the versions, from Airflow's navigation. */
export async function openVersions(
  browser: Browser,
  person: Person,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const opened = await openAirflow(browser, person, options);
  await opened.getByRole('link', { name: 'Versions' }).click();
  await opened.getByRole('link', { name: 'nyc_boroughs' }).waitFor();
  return opened;
}
