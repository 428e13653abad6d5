import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import type { TemplateId } from '../ids.ts';
import { loadProject } from '../project/load.ts';
import { readRecipe } from '../project/recipe.ts';
import type { InputDataset } from '../project/recipe-model.ts';
import { formatJson, hashText } from '../store/files.ts';
import { openIngestStore } from '../store/ingest.ts';
import type { BuildContext } from './build-options.ts';
import { type Catalog, InputProblem } from './catalog.ts';
import { INPUTS_LOCK, type InputsLock, type LockedInput, RECIPE_LOCK, SOURCE_DATA_VERSIONS } from './inputs-lock.ts';
import { plainRecipe, recipeLock, rereadLock, sourceDataVersions, toJson } from './lock-files.ts';
import { maskerFor, secretsIn } from './masking.ts';
import { missingInputs } from './missing-inputs.ts';
import { planCatalog } from './plan-catalog.ts';
import { type Plan, type PlanRequest, planRecipe, UnresolvedInputs } from './planner.ts';
import { RemoteInputs } from './remote-inputs.ts';
import { storeCatalog } from './store-catalog.ts';
import { type StoredFile, type StoredInputs, storedInputs } from './stored-inputs.ts';

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

/** A plan's surroundings, made once and used for its fingerprint and the plan itself. */
export interface Planning {
  request: PlanRequest | undefined;
  stored: StoredInputs;
  /** The files of inputs in this store. */
  located: Map<InputDataset, StoredFile>;
  /** Those that the plan is to fetch. */
  remote: RemoteInputs;
}

export async function preparePlan(context: BuildContext): Promise<Planning> {
  const { product, key, layout, settings, options } = context;
  const stored = storedInputs(layout, openIngestStore(layout), lazyTemplateOf(settings.projectDir));
  const remote = new RemoteInputs(context);
  const located = new Map<InputDataset, StoredFile>();
  const recipeFile = options.recipe ?? product.recipe;
  if (recipeFile === undefined) return { request: undefined, stored, located, remote };

  const file =
    options.catalog === undefined
      ? undefined
      : await (await import('./catalog-file.ts')).readCatalogFile(options.catalog);
  const name = (await readRecipe(recipeFile, { vars: options.vars, env: settings.env, standIns: true })).recipe
    ?.product;
  const own = storeCatalog(stored, { product: product.id, name: name ?? product.id, key });
  const catalog: Catalog = file ?? planCatalog(own, remote.factsOf, remote.catalog);
  const locate = async (dataset: InputDataset) => {
    const found = (await stored.file(dataset)) ?? (file ? undefined : await remote.find(dataset, catalog));
    if (found === 'remote' || (!found && file)) return dataset;
    if (!found) throw notInStore(dataset);
    // A catalog speaks of an archive that may hold other file types; then its word stays in the lock.
    const complete = file ? dataset : withFileType(dataset, found);
    located.set(complete, found);
    return complete;
  };
  const request: PlanRequest = {
    recipeFile,
    catalog,
    env: file?.env ?? stringsOf({ ...settings.env, ...product.env }),
    today: file?.today ?? localDay(new Date()),
    version: options.version,
    fallbackVersion: key,
    buildName: options.buildName ?? key,
    branch: options.branch,
    envVars: options.env,
    vars: options.vars,
    pins: options.pins,
    locate,
  };
  return { request, stored, located, remote };
}

function notInStore({ id, version }: InputDataset): InputProblem {
  const what = `${id}${version === null ? '' : ` ${version}`}`;
  return new InputProblem('dataset_or_version_not_archived', `${what} is not in this store`);
}

function withFileType(dataset: InputDataset, found: StoredFile): InputDataset {
  return { ...dataset, file_type: found.fileType ?? dataset.file_type };
}

/** `yyyy-mm-dd`, without the time that loading a locale takes. */
function localDay(time: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function stringsOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Which template makes a dataset; the project is read at the first question. */
function lazyTemplateOf(projectDir: string): (id: string) => Promise<TemplateId | undefined> {
  let templates: Promise<Map<string, TemplateId>> | undefined;
  const read = async () => {
    const byId = new Map<string, TemplateId>();
    for (const template of (await loadProject(projectDir)).templates) {
      for (const dataset of template.definition?.datasets ?? []) byId.set(dataset.id, template.id);
      byId.set(template.id, template.id);
    }
    return byId;
  };
  return async (id) => {
    templates ??= read();
    return (await templates).get(id);
  };
}

/**
 * A hash of what decides a plan: the recipe as it reads with today's variables, and the arguments. New versions of
 * inputs are left out on purpose, for a plan that stands keeps the inputs that it locked.
 */
export async function planFingerprint(context: BuildContext, planning: Planning): Promise<string> {
  const { request } = planning;
  const { options, product } = context;
  const recipes: unknown[] = [];
  const variables: Record<string, string | undefined> = {};
  for (let file = request?.recipeFile; file !== undefined && recipes.length < 2; ) {
    const { recipe } = await readRecipe(file, { vars: request!.vars, env: request!.env });
    if (!recipe) {
      recipes.push(await readFile(file, 'utf8').catch(() => null));
      break;
    }
    recipes.push(plainRecipe(recipe));
    for (const { version_env_var } of recipe.inputs.datasets) {
      if (version_env_var) variables[version_env_var] = (request!.vars ?? request!.env)[version_env_var];
    }
    file = recipe.base_recipe === null ? undefined : path.resolve(path.dirname(file), recipe.base_recipe);
  }
  const { version, buildName, branch, env, vars, catalog } = options;
  const pins = [...(options.pins ?? [])];
  const args = { product: product.id, version, buildName, branch, env, vars, pins, catalog };
  return hashText(JSON.stringify([recipes, variables, args], jsonValue));
}

function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Map) return { map: [...value] };
  return typeof value === 'bigint' ? `${value}n` : value;
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
    plan = await planRecipe(request);
    await fetchRemote(planning, plan);
  } catch (error) {
    if (error instanceof UnresolvedInputs) throw await missingInputs(context, planning, error);
    throw error;
  }
  for (const finding of plan.findings) {
    reporter.log('warning', finding.message, finding.place && { line: finding.place.line, file: finding.place.file });
  }
  const { recipe } = plan;
  // A secret of the environment may have come in by a template variable; the stages after this one have it too.
  const { mask } = maskerFor(secretsIn(context.settings.env));
  const lockText = recipeLock(recipe, mask);
  const facts = { version: plan.version, version_reason: plan.versionReason, recipe: true };
  const inputs = recipe.inputs.datasets.map((dataset, i) =>
    lockedInput(dataset, planning.located.get(dataset), plan.reasons[i]!),
  );
  const lock = inputsLock(context, facts, path.relative(product.dir, request.recipeFile), inputs);
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
async function fetchRemote({ located, remote }: Planning, plan: Plan): Promise<void> {
  const { datasets } = plan.recipe.inputs;
  const { found, unresolved } = await remote.fetch(datasets);
  if (unresolved.length > 0) throw new UnresolvedInputs(unresolved, plan);
  for (const [index, file] of found) {
    datasets[index] = withFileType(datasets[index]!, file);
    located.set(datasets[index], file);
  }
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

function lockedInput(dataset: InputDataset, found: StoredFile | undefined, why: string): LockedInput {
  return {
    id: dataset.id,
    import_as: dataset.import_as,
    source: dataset.source ?? '',
    version: dataset.version,
    file_type: found?.fileType ?? dataset.file_type,
    path: found?.path ?? null,
    sha256: found?.fact.sha256 ?? null,
    bytes: found?.fact.bytes ?? null,
    rows: found?.rows ?? null,
    crs: found?.crs ?? null,
    geometry_column: found?.geometryColumn ?? null,
    destination: dataset.destination ?? 'postgres',
    preprocessor: dataset.preprocessor,
    load_engine: dataset.load_engine ?? '',
    custom: toJson(dataset.custom) as Record<string, unknown>,
    why,
    fetched_from: found?.fetchedFrom ?? null,
  };
}

/** Runs the stage: writes the plan's files into `dir`. */
export async function runPlan(context: BuildContext, planning: Planning, dir: string): Promise<PlanFacts> {
  const planned = await makePlan(context, planning);
  if (!planned.facts.recipe) {
    context.reporter.log('info', `${context.product.id} has no recipe: the plan resolves no inputs`);
  }
  for (const [name, text] of Object.entries(planned.files)) {
    if (path.basename(name) !== name) throw new LifecycleError('LIF_INTERNAL', `${name} is no file name`);
    await writeFile(path.join(dir, name), text);
  }
  return planned.facts;
}
