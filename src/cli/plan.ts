import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { ProductStaleness } from '../builds/code/partition-staleness.ts';
import { describeStale, type StaleReason } from '../builds/code/staleness.ts';
import { preparePlan } from '../builds/plan/prepare.ts';
import { type Readiness, readiness } from '../builds/plan/readiness.ts';
import { makePlan } from '../builds/plan/stage.ts';
import { runStages } from '../builds/run-build.ts';
import { EXIT } from '../error-codes.ts';
import { readInputsLock } from '../store/builds/inputs-lock.ts';
import { readPartition } from '../store/builds/partition.ts';
import { writeFileDurably } from '../store/files.ts';
import { makeMissing, summary } from './build.ts';
import { type BuildFlags, buildContext, planningCommand } from './build-flags.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';
import { formatTable } from './table.ts';

interface PlanFlags extends BuildFlags {
  out?: string;
  dryRun?: boolean;
}

async function plan(
  context: CommandContext,
  productId: string,
  partitionKey: string,
  flags: PlanFlags,
): Promise<ExitCode | undefined> {
  const work = buildContext(context, productId, partitionKey, flags);
  if (flags.makeMissing && !flags.dryRun) await makeMissing(context, work);
  if (flags.dryRun) {
    const planning = await preparePlan(work);
    const partition = await readPartition(work.layout, work.product.id, work.key);
    const lock = planning.request && partition.stages.plan && (await readInputsLock(partition.dir));
    const found = await readiness(work, planning, lock);
    const known = { lock, recipes: planning.asked?.recipes };
    const stale = await new ProductStaleness(context, work.product).of(partition, work.key, known);
    const { version, versionReason, rows, ready, unasked, problem } = found;
    if (problem) context.reporter.log('error', problem.message);
    const document = {
      product: work.product.id,
      partition_key: work.key,
      version,
      version_reason: versionReason,
      ready,
      unasked,
      stale,
    };
    context.print(
      context.json ? JSON.stringify({ ...document, inputs: rows }, null, 2) : describeReadiness(found, stale),
    );
    if (ready) return EXIT.done;
    return rows.some((row) => row.state === 'unreachable') ? EXIT.failed : EXIT.blocked;
  }
  if (flags.out !== undefined) {
    const dir = path.resolve(context.cwd, flags.out);
    const { files, facts, lock } = await makePlan(work, await preparePlan(work));
    await mkdir(dir, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFileDurably(path.join(dir, name), text);
    const written = Object.keys(files).map((name) => path.join(dir, name));
    context.print(
      context.json
        ? JSON.stringify(
            { product: work.product.id, partition_key: work.key, ...facts, inputs: lock.inputs, files: written },
            null,
            2,
          )
        : written.join('\n'),
    );
    return EXIT.done;
  }
  await runStages(work, ['plan'], (result) =>
    context.print(context.json ? JSON.stringify(result, null, 2) : summary(result)),
  );
  return EXIT.done;
}

const WOULD_SUCCEED = ['ready', 'stale', 'remote'];

function describeReadiness({ version, versionReason, rows, ready, unasked }: Readiness, stale: StaleReason[]): string {
  const table = formatTable(
    [
      { heading: 'INPUT' },
      { heading: 'VERSION' },
      { heading: 'AGE', align: 'right' },
      { heading: 'STATE' },
      { heading: 'WHY' },
      { heading: 'MEND' },
    ],
    rows.map(({ id, version: wanted, age, state, reason, command }) => [
      id,
      wanted ?? '-',
      age === null ? '-' : describeAge(age),
      state,
      reason,
      command ?? '',
    ]),
  );
  const count = rows.filter((row) => !WOULD_SUCCEED.includes(row.state)).length;
  const verdict = ready ? 'ready' : `blocked by ${count} of ${rows.length} inputs`;
  const outdated = stale.length > 0 ? [`build: stale: ${describeStale(stale)}`] : [];
  return [
    `version: ${version} (${versionReason})`,
    ...(rows.length > 0 ? table : []),
    ...unasked,
    ...outdated,
    verdict,
  ].join('\n');
}

function describeAge(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
  ];
  for (const [size, unit] of units) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${seconds} s`;
}

export function register(program: Command, run: Run): void {
  planningCommand(program, 'plan', 'Resolves the inputs of a build and locks them')
    .option('--out <dir>', "write the plan's files there, and leave the partition alone")
    .option('--dry-run', 'write nothing: show which inputs are ready, and what mends the others')
    .action(run(plan));
}
