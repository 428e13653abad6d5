import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import {
  filesStand,
  mendPartition,
  type Partition,
  publishStage,
  readPartition,
  STAGES,
  type StageName,
  stageMissing,
} from '../store/builds/partition.ts';
import { type Claim, withClaim } from '../store/claim.ts';
import type { FileFact } from '../store/files.ts';
import { withStaging } from '../store/staging.ts';
import { writingStore } from '../store/write-errors.ts';
import type { BuildContext } from './build-options.ts';
import { type CodeLock, type CodeNow, codeFingerprint, readCodeLock, withoutMade } from './code/identity.ts';
import { describeStale, staleReasons } from './code/staleness.ts';
import { buildCode, runBuild } from './commands/stage.ts';
import { loadFingerprint, loadStands, runLoad } from './load/stage.ts';
import { StandingLock } from './lock/locked-build.ts';
import { packageFingerprint, runPackage } from './package/stage.ts';
import { planAnew, planFingerprint, preparePlan } from './plan/prepare.ts';
import { runPlan } from './plan/stage.ts';

/** What a stage did, as `--json` prints it and Airflow puts it on its event. */
export interface StageResult {
  product: string;
  partition_key: string;
  stage: StageName;
  /** `unchanged`: it had been done with the same inputs. */
  state: 'done' | 'unchanged';
  version: string;
  /** The partition's directory. */
  path: string;
  seconds: number;
  inputs: { id: string; version: string | null; sha256: string | null; rows: number | null }[];
  /** Paths relative to the partition. */
  outputs: FileFact[];
  facts: Record<string, unknown>;
}

interface Stage {
  fingerprint(partition: Partition): Promise<string> | string;
  /** Whether what it left outside of the partition is still there. */
  stands?(partition: Partition, fingerprint: string): Promise<boolean>;
  /** Writes the stage's files into `dir`; `scratch` is removed afterwards. */
  run(partition: Partition, dir: string, scratch: string): Promise<StageOutcome>;
}

interface StageOutcome {
  facts: object;
  /** Of its files those that need not be hashed. */
  known?: readonly FileFact[];
  /** In place of the one of before, where only the run could tell what decides the stage. */
  fingerprint?: string;
}

/** A version that is replaced while it is planned with is found whole at the next look. */
const PLAN_ATTEMPTS = 3;
const BETWEEN_PLANS_MS = 200;

function stagesOf(context: BuildContext): { stages: Record<StageName, Stage>; locked: StandingLock } {
  let planning: ReturnType<typeof preparePlan> | undefined;
  let code: CodeNow | undefined;
  const prepared = () => {
    planning ??= preparePlan(context);
    return planning;
  };
  const locked = new StandingLock(context, async () => (await planning)?.asked?.recipes);
  const stages: Record<StageName, Stage> = {
    plan: {
      fingerprint: async () => planFingerprint(context, await prepared()),
      run: async (_partition, dir) => {
        for (let attempt = 1; ; attempt++) {
          try {
            return await runPlan(context, await prepared(), dir);
          } catch (error) {
            const replaced = error instanceof LifecycleError && error.code === 'BLD_INPUT_CHANGED';
            if (!replaced || attempt === PLAN_ATTEMPTS) throw error;
            await sleep(BETWEEN_PLANS_MS);
            planning = prepared().then((before) => planAnew(context, before));
          }
        }
      },
    },
    load: {
      fingerprint: async (partition) => loadFingerprint(context, partition.dir, await locked.build(partition)),
      stands: async (partition, fingerprint) => loadStands(context, await locked.build(partition), fingerprint),
      run: async (partition, dir, scratch) => ({
        facts: await runLoad(context, await locked.build(partition), partition.dir, dir, scratch),
      }),
    },
    build: {
      fingerprint: async (partition) => {
        code = await buildCode(context, await locked.build(partition));
        const lock = await readCodeLock(partition.dir);
        if (lock) await tellStale(context, lock, code);
        return codeFingerprint(withoutMade(code, lock?.made ?? []));
      },
      run: async (partition, dir, scratch) => {
        const build = await locked.build(partition);
        const now = code ?? (await buildCode(context, build));
        const made = await runBuild(context, build, partition, dir, scratch, now);
        return { facts: made.facts, fingerprint: codeFingerprint(made.code) };
      },
    },
    package: {
      fingerprint: (partition) => packageFingerprint(partition),
      run: async (partition, dir) => ({
        facts: await runPackage(context, await locked.inputs(partition), partition, dir),
      }),
    },
  };
  return { stages, locked };
}

async function tellStale(context: BuildContext, lock: CodeLock, code: CodeNow): Promise<void> {
  const reasons = await staleReasons(context, lock, code);
  if (reasons.length > 0) context.reporter.log('info', `build: stale: ${describeStale(reasons)}`);
}

/**
 * Runs stages of one partition in their order, all of them unless some are named. A stage that has been done with the
 * same inputs is left as it is, unless forced. Nobody else works on the partition meanwhile.
 *
 * @throws LifecycleError STO_BUSY, BLD_STAGE_MISSING, and what the stages throw
 */
export async function runStages(
  context: BuildContext,
  wanted: readonly StageName[],
  onResult: (result: StageResult) => void,
): Promise<void> {
  const { product, key, layout } = context;
  const { stages, locked } = stagesOf(context);
  await writingStore(layout, () =>
    withClaim(layout, `build ${product.id} ${key}`, async (claim) => {
      await mendPartition(layout, product.id, key);
      for (const stage of STAGES.filter((name) => wanted.includes(name))) {
        context.signal.throwIfAborted();
        onResult(await runStage(context, claim, locked, stage, stages[stage]));
      }
    }),
  );
}

async function runStage(
  context: BuildContext,
  claim: Claim,
  locked: StandingLock,
  name: StageName,
  stage: Stage,
): Promise<StageResult> {
  const { product, key, layout, options, reporter } = context;
  const partition = await readPartition(layout, product.id, key);
  const before = STAGES[STAGES.indexOf(name) - 1];
  if (before && !partition.stages[before]) throw stageMissing(product.id, key, before);

  const started = performance.now();
  const fingerprint = await stage.fingerprint(partition);
  const standing = partition.stages[name];
  const stands =
    standing?.fingerprint === fingerprint &&
    (await filesStand(partition.dir, standing)) &&
    (stage.stands === undefined || (await stage.stands(partition, fingerprint)));
  if (stands && !options.force) {
    reporter.log('info', `${name}: unchanged`, { product: product.id, partition_key: key });
    return resultOf(context, locked, name, 'unchanged', await readPartition(layout, product.id, key), 0);
  }
  reporter.log('info', `${name} begins`, { product: product.id, partition_key: key });
  await withStaging(claim, `build-${product.id}-${key}-${name}`, async (staging) => {
    const dir = path.join(staging, 'stage');
    const scratch = path.join(staging, 'scratch');
    await Promise.all([mkdir(dir), mkdir(scratch)]);
    const { facts, known, fingerprint: settled = fingerprint } = await stage.run(partition, dir, scratch);
    context.signal.throwIfAborted();
    const seconds = (performance.now() - started) / 1000;
    await claim.assertHeld();
    await publishStage(layout, product.id, key, dir, {
      stage: name,
      fingerprint: settled,
      seconds,
      facts: { ...facts },
      known,
    });
  });
  const seconds = (performance.now() - started) / 1000;
  reporter.log('info', `${name}: done`, { seconds: Math.round(seconds * 1000) / 1000 });
  if (name === 'plan') locked.forget();
  return resultOf(context, locked, name, 'done', await readPartition(layout, product.id, key), seconds);
}

async function resultOf(
  context: BuildContext,
  locked: StandingLock,
  stage: StageName,
  state: StageResult['state'],
  partition: Partition,
  seconds: number,
): Promise<StageResult> {
  const record = partition.stages[stage]!;
  const lock = await locked.inputs(partition);
  return {
    product: context.product.id,
    partition_key: context.key,
    stage,
    state,
    version: lock.version,
    path: partition.dir,
    seconds: Math.round(seconds * 1000) / 1000,
    inputs: lock.inputs.map(({ id, version, sha256, rows }) => ({ id, version, sha256, rows })),
    outputs: record.files,
    facts: record.facts,
  };
}
