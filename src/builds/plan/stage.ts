import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import { maskDataWith } from '../../masking/output.ts';
import {
  INPUTS_LOCK,
  type InputsLock,
  type LockedInput,
  RECIPE_LOCK,
  SOURCE_DATA_VERSIONS,
} from '../../store/builds/inputs-lock.ts';
import { takeInputs, takenFiles } from '../../store/builds/partition-inputs.ts';
import { type FileFact, formatJson } from '../../store/files.ts';
import { writingStore } from '../../store/write-errors.ts';
import type { BuildContext } from '../build-options.ts';
import { maskerOf } from '../build-secrets.ts';
import { recipeLock, rereadLock, sourceDataVersions, toJson } from '../lock/lock-files.ts';
import { missingInputs } from './missing-inputs.ts';
import { type Plan, type PlannedInput, withArrived } from './plan.ts';
import { planRecipe } from './planner.ts';
import type { Planning } from './prepare.ts';
import { UnresolvedInputs } from './unresolved.ts';

/** What the stages after the plan, and people, want to know of it. */
export interface PlanFacts {
  version: string;
  version_reason: string;
  /** Whether there is a recipe at all. */
  recipe: boolean;
}

/** The texts of the files that a plan writes. */
export interface PlannedFiles {
  facts: PlanFacts;
  lock: InputsLock;
  files: Record<string, string>;
}

/**
 * Plans without writing anything.
 *
 * @throws LifecycleError BLD_MISSING_INPUTS with every missing input and the command that makes it, and those of
 * planRecipe
 */
export async function makePlan(context: BuildContext, planning: Planning): Promise<PlannedFiles> {
  const { product, key, options, reporter } = context;
  const { request } = planning;
  if (!request) {
    const version = options.version ?? key;
    const facts = { version, version_reason: options.version ? 'given' : 'the partition key', recipe: false };
    const lock = inputsLock(context, facts, null, []);
    return { facts, lock, files: { [INPUTS_LOCK]: formatJson(lock) } };
  }
  let plan: Plan;
  try {
    plan = await withFetched(context, planning, await planRecipe(request));
  } catch (error) {
    if (error instanceof UnresolvedInputs) throw await missingInputs(context, planning, error);
    throw error;
  }
  for (const finding of plan.findings) {
    reporter.log('warning', finding.message, finding.place && { line: finding.place.line, file: finding.place.file });
  }
  const { recipe } = plan;
  // A secret of the environment may have come in by a template variable; the stages after this one have it too.
  const masker = maskerOf(context);
  const lockText = recipeLock(recipe, masker);
  const facts = { version: plan.version, version_reason: plan.versionReason, recipe: true };
  const recipeFile = path.relative(product.dir, request.recipes.own.file);
  const lock = maskDataWith(inputsLock(context, facts, recipeFile, plan.inputs.map(lockedInput)), masker);
  return {
    facts,
    lock,
    files: {
      [RECIPE_LOCK]: lockText,
      [SOURCE_DATA_VERSIONS]: sourceDataVersions(await rereadLock(lockText, plan.env)),
      [INPUTS_LOCK]: formatJson(lock),
    },
  };
}

/** Brings what is not in this store yet; only now, for a plan that lacks an input would fetch the others in vain. */
async function withFetched({ layout }: BuildContext, { remote }: Planning, plan: Plan): Promise<Plan> {
  const { arrived, unresolved } = await writingStore(layout, () => remote.fetch(plan.inputs));
  if (unresolved.length > 0) throw new UnresolvedInputs(unresolved, plan);
  return withArrived(plan, arrived);
}

function inputsLock(context: BuildContext, facts: PlanFacts, recipe: string | null, inputs: LockedInput[]): InputsLock {
  return {
    format: 1,
    product: context.product.id,
    partition_key: context.key,
    version: facts.version,
    version_reason: facts.version_reason,
    recipe,
    inputs,
  };
}

function lockedInput({ dataset, stored, why }: PlannedInput): LockedInput {
  return {
    id: dataset.id,
    import_as: dataset.import_as,
    source: dataset.source ?? '',
    version: dataset.version,
    file_type: stored?.fileType ?? dataset.file_type,
    path: stored?.path ?? null,
    sha256: stored?.fact.sha256 ?? null,
    bytes: stored?.fact.bytes ?? null,
    rows: stored?.rows ?? null,
    crs: stored?.crs ?? null,
    geometry_column: stored?.geometryColumn ?? null,
    destination: dataset.destination ?? 'postgres',
    preprocessor: dataset.preprocessor,
    load_engine: dataset.load_engine ?? '',
    custom: toJson(dataset.custom) as Record<string, unknown>,
    why,
    fetched_from: stored?.fetchedFrom ?? null,
  };
}

/**
 * Runs the stage: writes the plan's files into `dir`, and takes its inputs there.
 *
 * @returns the facts, and those of the inputs' files
 */
export async function runPlan(
  context: BuildContext,
  planning: Planning,
  dir: string,
): Promise<{ facts: PlanFacts; known: FileFact[] }> {
  const { facts, lock, files } = await makePlan(context, planning);
  if (!facts.recipe) context.reporter.log('info', `${context.product.id} has no recipe: the plan resolves no inputs`);
  const inputs = await takeInputs(context.layout, lock.inputs, dir);
  const texts = { ...files, [INPUTS_LOCK]: formatJson({ ...lock, inputs }) };
  for (const [name, text] of Object.entries(texts)) {
    if (path.basename(name) !== name) throw new LifecycleError('LIF_INTERNAL', `${name} is no file name`);
    await writeFile(path.join(dir, name), text);
  }
  return { facts, known: takenFiles(inputs) };
}
