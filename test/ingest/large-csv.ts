import type { TestContext } from 'node:test';
import type { Outcome } from '../builds/workbench.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';
import type { IngestProject } from './project.ts';

/** A fraction of the size from which on the program takes a CSV file for a large one. */
const LOOK_THROUGH_BYTES = 512 * 1024;

/**
 * Rows that make a file a large one, and are more than are looked at first. Those of the second part are more than a row
 * group of DuckDB holds as well.
 */
export const LARGE_ROWS: number = BOTH_PARTS ? 130_000 : 10_000;

const told = new WeakSet<object>();

/**
 * Ingests `raw`, whose file is read as a large one: in the first part of the tests one of a megabyte, as the program is
 * told to, in the second by the binary one that it takes for large by itself.
 */
export async function ingestLarge(test: TestContext, project: IngestProject): Promise<Outcome> {
  if (!told.has(test)) leavesOut(test, 'the same in files that are as large as it takes');
  told.add(test);
  if (BOTH_PARTS) return project.run(['ingest', 'raw', 'v1']);
  return project.tellHere('raw', { version: 'v1' }, { lookThroughBytes: LOOK_THROUGH_BYTES });
}
