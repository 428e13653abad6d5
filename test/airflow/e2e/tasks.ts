import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { DagRun } from '../../../src/airflow/client.ts';
import { INSTALLATION } from '../../../src/settings/settings.ts';
import { noBrowser } from '../../browser.ts';
import { builtPage, troublesOf } from '../../page/browser.ts';
import { lifecycle } from '../server-fixture.ts';
import { closeBrowser, openVersions } from './person.ts';
import { killIngest, server } from './served.ts';

/** A page whose clicks are counted; typing is none. */
class Counted {
  readonly page: Page;
  clicks = 0;
  constructor(page: Page) {
    this.page = page;
  }
  async click(what: Locator): Promise<void> {
    await what.click();
    this.clicks++;
  }
  link(name: string): Promise<void> {
    return this.click(this.page.getByRole('link', { name, exact: true }).first());
  }
  button(name: string | RegExp, of: Page | Locator = this.page): Promise<void> {
    return this.click(of.getByRole('button', { name }).first());
  }
  /** Starts what the open dialog asks about, and waits until Airflow knows the run. */
  async start(): Promise<void> {
    const dialog = this.page.getByRole('dialog');
    await this.button(/^Start/, dialog);
    await dialog
      .getByText(/^(queued|running|success|failed)$/)
      .first()
      .waitFor();
  }
  versions(text: string): Promise<void> {
    return this.page
      .getByRole('dialog')
      .getByLabel(/^Versions/)
      .fill(text);
  }
}

/** Each task of docs/coming-from-dagster.md by its number, done from the list of all assets. */
const TASKS: Record<number, (on: Counted) => Promise<void>> = {
  1: async (on) => {
    await on.page.getByLabel('Search assets').fill('visits');
    await on.link('library_visits');
    await on.page.getByRole('row', { name: '2024-03 missing' }).waitFor();
  },
  2: async (on) => {
    await on.page
      .getByRole('group', { name: 'State' })
      .getByRole('button', { name: /^never/ })
      .waitFor();
    await on.button(/^never/);
    await on.page.getByText(/^\d+ of \d+ assets/).waitFor();
  },
  3: async (on) => {
    await on.link('parks');
    await on.button('Materialize…');
    await on.versions('one');
    await on.start();
  },
  4: async (on) => {
    await on.link('parks');
    await on.button('Materialize…');
    await on.versions('two\nthree');
    await on.start();
  },
  5: async (on) => {
    await on.link('library_visits');
    await on.button(/^Materialize \d+ missing…/);
    await on.start();
  },
  6: async (on) => {
    await on.link('endless');
    await on.button('Retry…');
    await on.start();
  },
  7: async (on) => {
    await on.click(on.page.getByRole('checkbox', { name: 'choose parks' }));
    await on.click(on.page.getByRole('checkbox', { name: 'choose libraries' }));
    await on.button('Materialize 2…');
    await on.versions('chosen');
    await on.start();
  },
  8: async (on) => {
    await on.link('16a');
    await on.page.getByRole('cell', { name: 'Queens' }).first().waitFor();
    await on.click(on.page.getByRole('tab', { name: 'Map' }));
    await on.page.locator('.map[data-drawn]').waitFor();
  },
  9: async (on) => {
    await on.link('tasks');
    await on.page
      .getByRole('link', { name: /^borough_population \S+$/ })
      .first()
      .waitFor();
  },
  10: async (on) => {
    await on.link('boroughs');
    await on.page.getByRole('cell', { name: 'borough_population' }).first().waitFor();
    await on.button(/build|^Build/);
    await on.page
      .getByRole('status')
      .getByText(/^(queued|running|success)$/)
      .first()
      .waitFor();
  },
};

/** Without a slot runs are there, which is all that a click is about, and none works. */
async function setSlots(slots: number): Promise<void> {
  await server.client.request('PATCH', '/pools/default_pool?update_mask=slots', { slots });
}

async function failWaitingRuns(): Promise<void> {
  const { dag_runs: runs } = await server.client.request<{ dag_runs: DagRun[] }>(
    ...(['GET', '/dags/~/dagRuns?state=queued&state=running&limit=100'] as const),
  );
  for (const { dag_id, dag_run_id } of runs) {
    const run = `/dags/${dag_id}/dagRuns/${encodeURIComponent(dag_run_id)}`;
    await server.client.request('PATCH', run, { state: 'failed' });
  }
}

/** The tasks that people know from Dagster, each with the clicks that the page about them tells. */
export function tasks(): void {
  describe('ten tasks of the partition views of Dagster', { skip: noBrowser }, () => {
    before(async () => {
      await builtPage();
      // One that nobody has made, and an expected version that is not there, whatever the parts before have made.
      const never = {
        ...{ id: 'never_made', acl: 'private', attributes: { name: 'Never made' } },
        ingestion: { source: { type: 'local_file', path: 'data/libraries.csv' }, file_format: { type: 'csv' } },
      };
      await writeFile(path.join(server.project, 'ingest_templates', 'never_made.yml'), JSON.stringify(never));
      await lifecycle(server.project, 'remove', 'library_visits@2024-03');
      await lifecycle(server.project, 'build', 'boroughs', 'tasks', '--version', '16a');
      await killIngest('endless', 'killed');
      await setSlots(0);
    });
    after(async () => {
      await closeBrowser();
      await failWaitingRuns();
      await setSlots(128);
    });

    test('each takes no more clicks than is written down, and never more than there', async () => {
      const text = await readFile(path.join(INSTALLATION, 'docs', 'coming-from-dagster.md'), 'utf8');
      const told = [...text.matchAll(/^\| (\d+) \|.*\| (\d+) \| (\d+) \|$/gm)].map((row) => row.slice(1).map(Number));
      assert.deepEqual(
        told.map(([number]) => number),
        Object.keys(TASKS).map(Number),
      );
      const page = await openVersions('admin');
      for (const [number, there, here] of told as [number, number, number][]) {
        await page.evaluate("location.hash = '#/'");
        await page.getByRole('heading', { level: 1, name: 'All assets' }).waitFor();
        const on = new Counted(page);
        await TASKS[number]!(on);
        assert.equal(on.clicks, here, `task ${number}`);
        assert.ok(here <= there, `task ${number}: ${here} clicks here, ${there} there`);
        assert.deepEqual(troublesOf(page), [], `task ${number}`);
        for (const dialog of await page.getByRole('dialog').all())
          await dialog.getByRole('button', { name: 'Close' }).click();
      }
    });
  });
}
