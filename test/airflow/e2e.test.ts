import { after, before, describe } from 'node:test';
import { batches } from './e2e/batches.ts';
import { builds, buildTooEarly } from './e2e/builds.ts';
import { changes } from './e2e/changes.ts';
import { demo } from './e2e/demo.ts';
import { ends } from './e2e/ends.ts';
import { ingests, refusals } from './e2e/ingests.ts';
import { page } from './e2e/page.ts';
import { pages } from './e2e/pages.ts';
import { closeBrowser } from './e2e/person.ts';
import { serve, stopServing } from './e2e/served.ts';
import { tasks } from './e2e/tasks.ts';

/** One server for all of it, in this order: each part stands on what those before it have made. */
describe('a project in a real Airflow', { timeout: 15 * 60_000 }, () => {
  before(serve);
  after(closeBrowser);
  after(stopServing);

  pages();
  refusals();
  buildTooEarly();
  demo();
  // What waits for the server to notice a change is beside what makes it work.
  describe('runs, and changes beside them', { concurrency: 2 }, () => {
    describe('runs', { concurrency: 1 }, () => {
      ingests();
      builds();
    });
    describe('changes', { concurrency: 1 }, changes);
  });
  page();
  tasks();
  batches();
  ends();
});
