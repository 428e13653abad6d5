import type { ManifestBuild, ManifestIngest } from './manifest.ts';

/** What a task tells Airflow. */
export interface TaskAnswer {
  /** What a mapped task shows in place of its number. */
  label: string | null;
  /** What tasks after it, and people, can read: Airflow's XCom. */
  value: unknown;
  /** Why it has done nothing, and is shown as skipped. */
  skipped: string | null;
  /** One for each asset that was made. Others get none. */
  events: { asset: string; partition_key: string; extra: Record<string, unknown> }[];
}

type Facts = Record<string, unknown>;

export function handedOut(versions: string[]): TaskAnswer {
  return { label: null, value: versions, skipped: null, events: [] };
}

export function skipped(label: string | null, why: string): TaskAnswer {
  return { label, value: null, skipped: why, events: [] };
}

/** What can be read at a glance; with what changed against the version before, and what to look at. */
function atAGlance(record: Facts): Facts {
  const isTold = ([name, value]: [string, unknown]) =>
    ['string', 'number', 'boolean'].includes(typeof value) || name === 'changes' || name === 'warnings';
  return Object.fromEntries(Object.entries(record).filter(isTold));
}

/** @param made what `lifecycle ingest --json` prints */
export function ingestAnswer(entry: ManifestIngest, made: Facts): TaskAnswer {
  const version = made.version as string;
  const datasets = new Map((made.datasets as Facts[]).map((dataset) => [dataset.id as string, atAGlance(dataset)]));
  const whole = atAGlance(made);
  const together = datasets.size === 1 ? [...datasets.values()][0] : { datasets: Object.fromEntries(datasets) };
  const events = entry.assets.flatMap(({ name, dataset }) => {
    // A dataset that was not asked for has not been made.
    const own = dataset === null ? together : datasets.get(dataset);
    return own ? [{ asset: name, partition_key: version, extra: { ...whole, ...own } }] : [];
  });
  return { label: version, value: whole, skipped: null, events };
}

/** @param done what `lifecycle build --json` prints of a stage that says nothing in an event */
export function stageAnswer(key: string, done: Facts): TaskAnswer {
  return { label: key, value: atAGlance(done), skipped: null, events: [] };
}

/** @param done what `lifecycle build --json` prints of several stages; the first is the one that makes the outputs */
export function buildAnswer(entry: ManifestBuild, key: string, { stages, ...done }: Facts): TaskAnswer {
  const [first] = stages as [Facts];
  const { inputs, outputs, ...facts } = { ...first, ...done } as Facts;
  const value = atAGlance(facts);
  const event = { asset: entry.asset.name, partition_key: key, extra: { ...value, inputs, outputs } };
  return { label: key, value, skipped: null, events: [event] };
}
