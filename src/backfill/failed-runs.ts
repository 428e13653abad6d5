import type { Reporter } from '../report.ts';
import type { StoreLayout } from '../store/layout.ts';
import { type BatchRun, readableBatches } from './batch-record.ts';

/** The runs that failed in the batches so far, each version as its last batch left it. */
export async function failedRuns(layout: StoreLayout, reporter: Reporter): Promise<BatchRun[]> {
  const seen = new Map<string, BatchRun | undefined>();
  for (const { batch, records } of await readableBatches(layout, reporter)) {
    for (const { state, number } of records) {
      const run = batch.runs[number - 1]!;
      const key = `${run.template} ${run.version}`;
      if (state === 'open' || seen.has(key)) continue;
      seen.set(key, state === 'failed' ? run : undefined);
    }
  }
  return [...seen.values()].filter((run) => run !== undefined);
}
