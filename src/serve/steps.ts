import path from 'node:path';
import { rowsOf } from '../project/vocabulary/step-arguments.ts';
import { STEPS, type StepName } from '../project/vocabulary/steps.ts';
import type { IngestRecord } from '../store/ingest-record.ts';
import { readIfThere } from '../store/record-file.ts';
import type { VersionDetail } from './api.ts';

type Step = VersionDetail['steps'][number];

/** The stage that the processing steps are a part of. */
const PROCESS = 'process';

/** As much of a dataset's `config.json` as is looked at. */
interface Told {
  transformation?: {
    processing_steps?: { name?: unknown; args?: unknown }[];
    processing_steps_summaries?: {
      name?: unknown;
      elapsed_seconds?: unknown;
      data_modifications?: Record<string, unknown>;
    }[];
  };
}

export function stagesOf(timings: Readonly<Record<string, number>>): Step[] {
  return Object.entries(timings).map(([name, seconds]) => ({
    ...{ name, within: null, dataset: null, rows_before: null, rows_after: null, seconds },
  }));
}

/** The stages of a version, and after that of processing the steps of each of its datasets. @param dir of the version */
export async function stepsOfVersion(record: IngestRecord, dir: string): Promise<Step[]> {
  const stages = stagesOf(record.timings);
  const steps: Step[] = [];
  for (const { id, rows } of record.datasets) {
    const file = record.files.find((each) => each.path === `${id}/config.json`);
    const text = file && (await readIfThere(path.join(dir, file.path)).catch(() => undefined));
    if (text !== undefined) steps.push(...stepsIn(text, id, rows));
  }
  const place = stages.findIndex(({ name }) => name === PROCESS) + 1;
  return stages.toSpliced(place === 0 ? stages.length : place, 0, ...steps);
}

/**
 * Rows are counted from the end, where their number is known; each step tells how many it took away or added. Where one
 * tells nothing, nobody knows of those before it.
 *
 * @param written rows of the dataset
 */
export function stepsIn(config: string, dataset: string, written: number): Step[] {
  let told: Told['transformation'];
  try {
    told = (JSON.parse(config) as Told).transformation;
  } catch {
    return [];
  }
  const { processing_steps: asked = [], processing_steps_summaries: summaries = [] } = told ?? {};
  const steps: Step[] = [];
  let after: number | null = written;
  for (const [index, { name: writtenName, elapsed_seconds: seconds, data_modifications }] of [
    ...summaries.entries(),
  ].toReversed()) {
    const { name, args } = asked[index] ?? {};
    const before: number | null = after === null ? null : rowsBefore(after, name, args, data_modifications);
    steps.push({
      name: String(name ?? writtenName),
      ...{ within: PROCESS, dataset, rows_before: before, rows_after: after },
      seconds: typeof seconds === 'number' ? seconds : null,
    });
    after = before;
  }
  return steps.toReversed();
}

function rowsBefore(
  after: number,
  name: unknown,
  args: unknown,
  { rows_before: before, rows_removed: removed, added }: Record<string, unknown> = {},
): number | null {
  if (typeof before === 'number') return before;
  if (typeof removed === 'number') return after + removed;
  if (typeof added === 'number') return after - added;
  if (typeof name !== 'string' || !Object.hasOwn(STEPS, name)) return null;
  return rowsOf(name as StepName, (args ?? {}) as Record<string, unknown>) === 'kept' ? after : null;
}
