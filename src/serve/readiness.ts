import { eachOnce, lackedVersions } from '../backfill/missing-inputs.ts';
import type { BuildContext } from '../builds/build-options.ts';
import { KnownHashes } from '../builds/known-hashes.ts';
import { preparePlan } from '../builds/plan/prepare.ts';
import { readiness } from '../builds/plan/readiness.ts';
import { LifecycleError } from '../errors.ts';
import { parsePartitionKey } from '../ids.ts';
import { newYorkTimestamp } from '../new-york-time.ts';
import { silentReporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { shellWord } from '../shell-word.ts';
import { readInputsLock } from '../store/builds/inputs-lock.ts';
import { readPartition } from '../store/builds/partition.ts';
import { storeLayout } from '../store/layout.ts';
import type { Readiness } from './api.ts';
import type { ProjectView } from './project-view.ts';

/** States that stop no build. */
const GOES_ON = ['ready', 'stale', 'remote'];
/** States that a run of the template's DAG mends. */
const MENDED_BY_RUN = ['missing', 'failed'];

/**
 * What the next build of a product would find. No source is asked, for a page asks often: what lies elsewhere alone is
 * `missing`.
 *
 * @param key the partition key; without one, that of a build which is started today
 * @throws LifecycleError LIF_UNKNOWN_ID, LIF_BAD_VERSION, and those of the plan
 */
export async function readinessOf(
  settings: Settings,
  view: ProjectView,
  id: string,
  key: string | undefined,
  signal: AbortSignal,
): Promise<Readiness> {
  const { project, manifest, owners } = await view.now();
  const product = project.products.find((each) => each.id === id);
  if (!product) {
    throw new LifecycleError('LIF_UNKNOWN_ID', `there is no product ${JSON.stringify(id.slice(0, 200))}`, {
      hint: 'see `lifecycle list`',
    });
  }
  const layout = storeLayout(settings.storeDir);
  const partitionKey = parsePartitionKey(key ?? newYorkTimestamp(new Date()).slice(0, 'yyyy-mm-dd'.length));
  const context: BuildContext = {
    ...{ product, key: partitionKey, layout, settings, reporter: silentReporter, signal },
    ...{ options: { force: false, offline: true }, hashes: new KnownHashes() },
  };
  const planning = await preparePlan(context);
  const { dir, stages } = await readPartition(layout, product.id, partitionKey);
  const lock = planning.request && stages.plan && (await readInputsLock(dir));
  const { version, versionReason, rows, ready } = await readiness(context, planning, lock);
  const lacked = await lackedVersions(rows, (input) => planning.stored.templateOf(input));
  const withRuns = rows.map((row, i) => {
    const template = MENDED_BY_RUN.includes(row.state) ? lacked[i]?.template : undefined;
    const dag = manifest.ingest.find((each) => each.id === template && each.broken === null);
    return {
      ...row,
      asset: owners.get(row.id) ?? null,
      run: dag ? { dag_id: dag.dag_id, version: row.version } : null,
    };
  });
  const makes = eachOnce(lacked);
  const blocked = rows.filter(({ state }, i) => !GOES_ON.includes(state) && !lacked[i]).map(({ id }) => id);
  const own = manifest.builds.find((each) => each.id === product.id && each.broken === null);
  const words = ['lifecycle', 'build', product.id, partitionKey, ...(makes.length > 0 ? ['--make-missing'] : [])];
  const build = own && {
    ...{ dag_id: own.dag_id, partition_key: partitionKey, conf: { make_missing: makes.length > 0 } },
    ...{ command: words.map(shellWord).join(' '), blocked_by: blocked },
    makes: makes.map(({ template, version: each }) => ({ id: template, version: each })),
  };
  return { version, version_reason: versionReason, ready, rows: withRuns, build: build ?? null };
}
