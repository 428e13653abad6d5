import type { Command } from 'commander';
import type { BuildContext } from '../builds/build-options.ts';
import { runStages, type StageResult } from '../builds/run-build.ts';
import { LifecycleError } from '../errors.ts';
import { STAGES, type StageName } from '../store/builds/partition.ts';
import { type BuildFlags, buildContext, collect, planningCommand } from './build-flags.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';
import { reportOn } from './report-on.ts';

/** Runs under way end before this command does. */
const STOP_WITHIN_MS = 60_000;

function wantedStages(names: readonly string[] | undefined): readonly StageName[] {
  if (!names) return STAGES;
  const unknown = names.find((name) => !STAGES.some((stage) => stage === name));
  if (unknown !== undefined) {
    throw new LifecycleError('LIF_USAGE', `there is no stage ${JSON.stringify(unknown)}`, {
      hint: `the stages are ${STAGES.join(', ')}`,
    });
  }
  return STAGES.filter((stage) => names.includes(stage));
}

async function build(
  context: CommandContext,
  productId: string,
  partitionKey: string,
  flags: BuildFlags & { report?: boolean },
): Promise<ExitCode | undefined> {
  const stages = wantedStages(flags.stage);
  const work = buildContext(context, productId, partitionKey, flags);
  if (flags.makeMissing && stages.includes('plan')) await makeMissing(context, work);
  const results: StageResult[] = [];
  await runStages(work, stages, (result) => {
    results.push(result);
    if (!context.json) context.print(summary(result));
  });
  // Of a finished build only.
  const report =
    flags.report && results.some(({ stage }) => stage === 'package')
      ? await reportOn(context, `builds.${work.product.id}@${work.key}`)
      : {};
  if (!context.json) for (const file of Object.values(report)) context.print(file);
  if (context.json) {
    const [only, ...others] = results;
    const document =
      others.length === 0
        ? { ...only, ...report }
        : { product: work.product.id, partition_key: work.key, stages: results, ...report };
    context.print(JSON.stringify(document, null, 2));
  }
  return undefined;
}

/** Loads what knows of batches where it is asked for. */
export async function makeMissing(context: CommandContext, work: BuildContext): Promise<void> {
  context.stopWithin(STOP_WITHIN_MS);
  await (await import('../backfill/missing-inputs.ts')).makeMissingInputs(work);
}

/** One line for people. */
export function summary({ stage, state, version, inputs, outputs, seconds, path: dir }: StageResult): string {
  const counts: Record<StageName, string> = {
    plan: `version ${version}, ${inputs.length} inputs`,
    load: `${inputs.length} inputs`,
    build: `${outputs.filter((file) => file.path.startsWith('output/')).length} files`,
    package: dir,
  };
  return `${stage}: ${state}, ${counts[stage]}${state === 'done' ? `, ${seconds} s` : ''}`;
}

export function register(program: Command, run: Run): void {
  planningCommand(program, 'build', 'Builds a product: plan, load, build, package, each only when it is not done yet')
    .option('--stage <stage>', 'run only this stage (repeatable): plan, load, build or package', collect)
    .option('--timeout <seconds>', 'the time that one command may take')
    .option('--report', 'also write a page about the build (see `lifecycle report`)')
    .action(run(build));
}
