import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { filesStand, type Partition, readPartition, STAGES, stageMissing } from '../store/builds/partition.ts';
import { type Claim, withClaim } from '../store/claim.ts';
import type { FileFact } from '../store/files.ts';
import { linkOrCopy } from '../store/link.ts';
import { withStaging } from '../store/staging.ts';
import { writingStore } from '../store/write-errors.ts';
import type { BuildContext } from './build-options.ts';
import { BUILD_METADATA } from './commands/metadata.ts';
import { type BuildFacts, buildCode, runBuild } from './commands/stage.ts';
import { postgresTarget } from './load/postgres/target.ts';
import { runLoad } from './load/stage.ts';
import { type LockedBuild, readLockedBuild } from './lock/locked-build.ts';

interface RebuiltFile {
  /** Relative to `output/`. */
  path: string;
  state: 'equal' | 'differs' | 'missing' | 'new';
}

export interface Rebuild {
  /** Whether every output is byte-equal to the build's own. */
  equal: boolean;
  files: RebuiltFile[];
  seconds: number;
}

/** Holds the time of the build, so it is taken over and not compared. */
const NOT_COMPARED = BUILD_METADATA;

/**
 * Repeats a build from its lock, with the same inputs and commands, and compares what comes out with what the partition
 * holds. The partition stays as it is; in PostgreSQL the repetition has a schema of its own.
 *
 * @throws LifecycleError BLD_STAGE_MISSING, BLD_LOCK_INVALID, BLD_INPUT_CHANGED, and what the stages throw
 */
export async function rebuildLocked(context: BuildContext): Promise<Rebuild> {
  const { product, key, layout } = context;
  const subject = `build ${product.id} ${key}`;
  return writingStore(layout, () => withClaim(layout, subject, (claim) => rebuildClaimed(context, claim)));
}

async function rebuildClaimed(context: BuildContext, claim: Claim): Promise<Rebuild> {
  const { product, key, layout } = context;
  const partition = await readPartition(layout, product.id, key);
  const missing = STAGES.slice(0, 3).find((stage) => !partition.stages[stage]);
  if (missing) throw stageMissing(product.id, key, missing);
  if (!(await filesStand(partition.dir, partition.stages.plan!))) {
    throw new LifecycleError('BLD_LOCK_INVALID', `the lock of ${product.id} ${key} was changed or removed`, {
      hint: `plan again: lifecycle plan ${product.id} ${key} --force`,
    });
  }
  const started = performance.now();
  return withStaging(claim, `rebuild-${product.id}-${key}`, async (staging) => {
    const dir = path.join(staging, 'stage');
    const scratch = path.join(staging, 'scratch');
    await Promise.all([mkdir(dir), mkdir(scratch)]);
    const repetition = { ...context, rebuilding: true };
    const build = await readLockedBuild(repetition, partition.dir);
    const outputs = await repeat(repetition, build, partition, dir, scratch).finally(() => dropOwnSchema(build));
    const files = compare((partition.stages.build!.facts as unknown as BuildFacts).outputs, outputs);
    const seconds = Math.round(performance.now() - started) / 1000;
    return { equal: files.every((file) => file.state === 'equal'), files, seconds };
  });
}

async function repeat(
  context: BuildContext,
  build: LockedBuild,
  partition: Partition,
  dir: string,
  scratch: string,
): Promise<FileFact[]> {
  // The stages read their inputs from a partition: here one of the plan's files and a load of our own.
  const own = path.join(scratch, 'partition');
  await mkdir(own);
  for (const { path: file } of partition.stages.plan!.files) {
    await linkOrCopy(path.join(partition.dir, file), path.join(own, file));
  }
  const temporary = path.join(scratch, 'load');
  await mkdir(temporary);
  await runLoad(context, build, own, own, temporary);
  const code = await buildCode(context, build);
  return (await runBuild(context, build, { ...partition, dir: own }, dir, scratch, code)).facts.outputs;
}

/** The repetition's tables have served when its outputs are compared. */
async function dropOwnSchema({ env, schema, lock }: LockedBuild): Promise<void> {
  const target = lock.inputs.some((input) => input.destination === 'postgres') ? postgresTarget(env) : undefined;
  if (!target) return;
  const [{ connect }, { dropSchemas, testsSchema }] = await Promise.all([
    import('./load/postgres/server.ts'),
    import('./load/postgres/schema-swap.ts'),
  ]);
  const client = await connect(target);
  try {
    await dropSchemas(client, [schema, testsSchema(env, schema)]);
  } finally {
    await client.end();
  }
}

function compare(before: readonly FileFact[], after: readonly FileFact[]): RebuiltFile[] {
  const hashes = (facts: readonly FileFact[]) =>
    new Map(facts.filter((fact) => fact.path !== NOT_COMPARED).map((fact) => [fact.path, fact.sha256]));
  const [old, fresh] = [hashes(before), hashes(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().map((file) => {
    if (!fresh.has(file)) return { path: file, state: 'missing' };
    if (!old.has(file)) return { path: file, state: 'new' };
    return { path: file, state: old.get(file) === fresh.get(file) ? 'equal' : 'differs' };
  });
}
