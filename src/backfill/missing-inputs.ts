import type { BuildContext } from '../builds/build-options.ts';
import { planFingerprint, preparePlan } from '../builds/plan/prepare.ts';
import { type ReadinessRow, readiness } from '../builds/plan/readiness.ts';
import type { TemplateId } from '../ids.ts';
import { loadProject } from '../project/load.ts';
import { readPartition } from '../store/builds/partition.ts';
import { createBatch, USUAL_BOUNDS } from './batch-record.ts';
import { directExecutor, runIngest } from './direct.ts';
import { dependenciesWithin, planVersions } from './plan.ts';
import { runBatch } from './run-batch.ts';

/** What is made, or waited for where another is making it. */
const IS_LACKED = ['missing', 'failed', 'running'];

/** A version that a template has to make; null where only its source knows which. */
export interface MissingVersion {
  template: TemplateId;
  version: string | null;
}

/** What each input lacks that a template of the project can make; undefined where it lacks nothing, or none can. */
export function lackedVersions(
  rows: readonly Pick<ReadinessRow, 'id' | 'version' | 'state'>[],
  templateOf: (input: string) => Promise<TemplateId | undefined>,
): Promise<(MissingVersion | undefined)[]> {
  return Promise.all(
    rows.map(async ({ id, version, state }) => {
      const template = IS_LACKED.includes(state) ? await templateOf(id) : undefined;
      return template && { template, version };
    }),
  );
}

/** Each version once, whatever the number of inputs that lack it. */
export function eachOnce(lacked: readonly (MissingVersion | undefined)[]): MissingVersion[] {
  const found = new Map(lacked.flatMap((each) => (each ? [[`${each.template} ${each.version}`, each] as const] : [])));
  return [...found.values()];
}

/**
 * Makes the versions that a build lacks and templates of the project make: a batch, and one run each where only the source
 * knows the version. What could not be made is in the log; the plan that comes next says what it lacks still.
 *
 * @throws LifecycleError LIF_STOPPED, and what reading the recipe throws
 */
export async function makeMissingInputs(work: BuildContext): Promise<void> {
  const { settings, reporter, signal, layout, product, key } = work;
  const planning = await preparePlan(work);
  if (!planning.request) return;
  const { stages } = await readPartition(layout, product.id, key);
  // A plan that stands has its inputs.
  if (!work.options.force && stages.plan?.fingerprint === planFingerprint(work, planning)) return;
  const { rows } = await readiness(work, planning, undefined);
  const missing = eachOnce(await lackedVersions(rows, (input) => planning.stored.templateOf(input)));
  if (missing.length === 0) return;
  const project = await loadProject(settings.projectDir);
  const wanted = missing.flatMap(({ template, version }) => (version === null ? [] : [{ template, version }]));
  const plan = await planVersions(project, layout, wanted);
  const runs = plan.flatMap(({ skipped, ...run }) => (skipped === null ? [run] : []));
  for (const { template, version, skipped } of plan) {
    if (skipped !== null) reporter.log('warning', `${template} ${version} is not made: ${skipped}`);
  }
  if (runs.length > 0) {
    const batch = await createBatch(layout, { ...USUAL_BOUNDS, after: dependenciesWithin(project, plan), runs });
    reporter.log('info', `batch ${batch.id} makes what is missing: ${runs.length}`);
    const executor = directExecutor({ settings, reporter });
    await runBatch(batch, {
      ...{ layout, projectDir: settings.projectDir, executor, reporter, signal, retryFailed: false },
    });
  }
  for (const { template, version } of missing.filter((each) => each.version === null)) {
    signal.throwIfAborted();
    const ending = await runIngest({ settings, reporter }, { template, version, parameters: {} }, signal);
    signal.throwIfAborted();
    const { message = `exit code ${ending?.exitCode}` } = ending ?? {};
    if (ending?.state === undefined) reporter.log('error', `${template}: failed`, { reason: message });
    else reporter.log('info', `${template}: ${ending.state}`);
  }
}
