import { stat } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import type { PartitionKey, ProductId } from '../../ids.ts';
import { shellWord } from '../../shell-word.ts';
import { refuseUnrecorded, standingName } from '../directories.ts';
import {
  type FileFact,
  formatJson,
  hashFiles,
  hashText,
  listFiles,
  makeDirectory,
  syncTree,
  writeFileDurably,
} from '../files.ts';
import type { StoreLayout } from '../layout.ts';
import { linkOrCopy } from '../link.ts';
import { readRecordFile } from '../record-file.ts';
import { amount, each, fields, fileFact, list, object, orNull, text } from '../record-shape.ts';
import { finishInterruptedReplacement, readStanding, renameIntoPlace } from '../replacement.ts';
import { refuseTwin } from '../twins.ts';
import { isInput } from './partition-inputs.ts';

export const STAGES = ['plan', 'load', 'build', 'package'] as const;
export type StageName = (typeof STAGES)[number];

/** What a finished stage left in the partition. */
export interface StageRecord {
  /** A hash of everything that decided what the stage did; the same one means that it need not run again. */
  fingerprint: string;
  /** The digest of the stage before it; another one means that this stage is out of date. Null for the first. */
  after: string | null;
  /** ISO time. */
  finished: string;
  seconds: number;
  /** What it wrote, paths relative to the partition. */
  files: FileFact[];
  /** What the next stages and `--json` want to know. */
  facts: Record<string, unknown>;
}

/** A build's partition as it stands on disk; a stage counts only together with all the stages before it. */
export interface Partition {
  dir: string;
  stages: Partial<Record<StageName, StageRecord>>;
}

const STATE_FILE = 'stages.json';
/** Where a build that failed leaves what it had done, for the next attempt. */
export const ATTEMPT_FOLDER = 'attempt';

interface State {
  format: 1;
  product: string;
  partition_key: string;
  stages: Partial<Record<StageName, StageRecord>>;
}

const STAGE = fields({
  fingerprint: text,
  after: orNull(text),
  finished: text,
  seconds: amount,
  files: list(fileFact),
  facts: object,
});
const STATE = fields({ product: text, partition_key: text, stages: each(STAGE) });

/** Identifies what a stage left, for the stage after it. */
export function stageDigest(record: StageRecord): string {
  return hashText(JSON.stringify([record.fingerprint, record.files.map((file) => [file.path, file.sha256])]));
}

/** What stands of a partition: nothing done, where there is none. @throws LifecycleError STO_UNREADABLE, STO_SYMBOLIC_LINK */
export async function readPartition(layout: StoreLayout, product: ProductId, key: PartitionKey): Promise<Partition> {
  const none = { dir: layout.builds.partition(product, key), stages: {} };
  return (await standingPartition(layout, product, key)) ?? none;
}

/** @throws LifecycleError STO_UNREADABLE, STO_SYMBOLIC_LINK; only what is not there is undefined */
export async function standingPartition(
  layout: StoreLayout,
  product: ProductId,
  key: PartitionKey,
): Promise<Partition | undefined> {
  const { dir, content } = await readStanding(layout.builds.partition(product, key), readState);
  return content && { dir, stages: soundStages(content.stages) };
}

/** A directory without a state holds at most what a failed build left for the next attempt. @throws LifecycleError STO_NO_RECORD */
export function refuseStrange(dir: string): Promise<void> {
  return refuseUnrecorded(dir, 'look at them, then move the directory away', [ATTEMPT_FOLDER]);
}

/** @throws LifecycleError STO_UNREADABLE */
function readState(dir: string): Promise<State | undefined> {
  return readRecordFile<State>(path.join(dir, STATE_FILE), 1, STATE, {
    product: path.basename(path.dirname(dir)),
    partition_key: standingName(dir),
  });
}

function soundStages(stages: State['stages']): Partition['stages'] {
  const sound: Partition['stages'] = {};
  let before: string | null = null;
  for (const stage of STAGES) {
    const record = stages[stage];
    if (!record || record.after !== before) break;
    sound[stage] = record;
    before = stageDigest(record);
  }
  return sound;
}

/**
 * Brings back, or clears away, what a run that was killed while it replaced the partition left beside it.
 *
 * @throws LifecycleError STO_UNREADABLE, STO_NO_RECORD, STO_SYMBOLIC_LINK, STO_NAME_TAKEN where it may not be replaced
 */
export async function mendPartition(layout: StoreLayout, product: ProductId, key: PartitionKey): Promise<void> {
  const target = layout.builds.partition(product, key);
  await refuseTwin(path.dirname(target));
  await refuseTwin(target);
  const isWhole = async (dir: string) => (await readState(dir)) !== undefined;
  if (!(await isWhole(target))) await refuseStrange(target);
  await finishInterruptedReplacement(target, isWhole);
}

/**
 * Whether every file of a finished stage is still there with its size. Not the inputs: a plan keeps those that it locked,
 * and whoever reads one checks it.
 */
export async function filesStand(dir: string, record: StageRecord): Promise<boolean> {
  const own = record.files.filter((file) => !isInput(file.path));
  const checks = own.map((file) =>
    stat(path.join(dir, file.path)).then(
      (found) => found.size === file.bytes,
      () => false,
    ),
  );
  return (await Promise.all(checks)).every(Boolean);
}

export interface FinishedStage {
  stage: StageName;
  fingerprint: string;
  seconds: number;
  facts: Record<string, unknown>;
  /** Of its files those that need not be hashed. */
  known?: readonly FileFact[] | undefined;
}

/**
 * Adds a finished stage to its partition. `staged` holds the stage's files; files of the stages before it are linked
 * beside them, and the whole takes the partition's place by renaming, so that a reader sees the state before or after.
 * Later stages that were built on something else are dropped. The caller holds the claim on the partition.
 */
export async function publishStage(
  layout: StoreLayout,
  product: ProductId,
  key: PartitionKey,
  staged: string,
  finished: FinishedStage,
): Promise<StageRecord> {
  const target = layout.builds.partition(product, key);
  await mendPartition(layout, product, key);
  await makeDirectory(path.dirname(target), layout.root);
  const current = await readPartition(layout, product, key);

  const place = STAGES.indexOf(finished.stage);
  const before = place === 0 ? undefined : current.stages[STAGES[place - 1]!];
  if (place > 0 && !before) throw stageMissing(product, key, STAGES[place - 1]!);
  const record: StageRecord = {
    fingerprint: finished.fingerprint,
    after: before ? stageDigest(before) : null,
    finished: new Date().toISOString(),
    seconds: Math.round(finished.seconds * 1000) / 1000,
    files: await stagedFiles(staged, finished.known ?? []),
    facts: finished.facts,
  };
  const stages = soundStages({ ...current.stages, [finished.stage]: record });
  const linked = new Set((finished.known ?? []).map((file) => path.join(staged, file.path)));
  for (const [stage, other] of Object.entries(stages) as [StageName, StageRecord][]) {
    if (stage === finished.stage) continue;
    for (const file of other.files) {
      await linkOrCopy(path.join(current.dir, file.path), path.join(staged, file.path));
      linked.add(path.join(staged, file.path));
    }
  }
  const state: State = { format: 1, product, partition_key: key, stages };
  await writeFileDurably(path.join(staged, STATE_FILE), formatJson(state));
  await syncTree(staged, linked);
  await renameIntoPlace(staged, target);
  return record;
}

async function stagedFiles(dir: string, known: readonly FileFact[]): Promise<FileFact[]> {
  const names = new Set(known.map((file) => file.path));
  const others = (await listFiles(dir)).filter((file) => !names.has(file));
  return [...(await hashFiles(dir, others)), ...known].sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function stageMissing(product: string, key: string, stage: StageName): LifecycleError {
  return new LifecycleError('BLD_STAGE_MISSING', `the stage ${stage} of ${product} ${key} has not been done`, {
    hint: `run: lifecycle build ${shellWord(product)} ${shellWord(key)} --stage ${stage}`,
    details: { stage },
  });
}
