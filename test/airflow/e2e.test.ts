import { after, before, describe } from 'node:test';
import { batches } from './e2e/batches.ts';
import { builds, buildTooEarly } from './e2e/builds.ts';
import { changes } from './e2e/changes.ts';
import { ends } from './e2e/ends.ts';
import { ingests } from './e2e/ingests.ts';
import { page } from './e2e/page.ts';
import { pages } from './e2e/pages.ts';
import { serve, stopServing } from './e2e/served.ts';
import { tasks } from './e2e/tasks.ts';

/** One server for all of it, in this order: each part stands on what those before it have made. */
describe('a project in a real Airflow', { timeout: 15 * 60_000 }, () => {
  before(serve);
  after(stopServing);

  pages();
  buildTooEarly();
  ingests();
  builds();
  changes();
  page();
  tasks();
  batches();
  ends();
});
