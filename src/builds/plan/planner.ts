import { LifecycleError } from '../../errors.ts';
import { inParallel } from '../../in-parallel.ts';
import type { InputDataset, Recipe } from '../../project/recipe-model.ts';
import { ReleaseColumnProblem, readReleaseCsv } from '../lock/release-csv.ts';
import { previousVersion, versionByStrategy } from './build-version.ts';
import { type Catalog, InputProblem, RELEASES, sourceFailed } from './catalog.ts';
import { type LocatedInput, type Plan, planOf } from './plan.ts';
import { type PlanRecipes, usableRecipe } from './plan-recipes.ts';
import { resolveDataset, variableOf } from './resolve-dataset.ts';
import { UnresolvedDataset, type UnresolvedInput, UnresolvedInputs } from './unresolved.ts';

export interface PlanRequest {
  recipes: PlanRecipes;
  catalog: Catalog;
  /** The process environment that planning may see; it is not changed. */
  env: Readonly<Record<string, string>>;
  /** `yyyy-mm-dd` */
  today: string;
  version?: string | undefined;
  /** The version when neither an argument nor the recipe gives one. */
  fallbackVersion?: string | undefined;
  /** `''` stands for none at all. */
  buildName?: string | undefined;
  branch?: string | undefined;
  /** Laid over the recipe's `env` at the end. */
  envVars?: Readonly<Record<string, string>> | undefined;
  /** When given, the only variables of the template, of `version_env_var` and of `value_from`. */
  vars?: Readonly<Record<string, string>> | undefined;
  /** Versions by dataset id that stand above the recipe's. */
  pins?: ReadonlyMap<string, string> | undefined;
  /**
   * Finds the file of a resolved dataset, which may settle its type; without it no files are looked for.
   *
   * @throws InputProblem when there is none
   */
  locate?: ((dataset: InputDataset) => Promise<LocatedInput>) | undefined;
}

/** Inputs that are asked about at once. */
const AT_ONCE = 8;

/**
 * Resolves a recipe: its version, its environment, its base recipe, and of every dataset the version and, for archived
 * ones, the file type. The order of the steps is the department's planner's, since later ones see what earlier ones set.
 *
 * @throws LifecycleError BLD_RECIPE_…, BLD_NO_VERSION, BLD_VERSION_STRATEGY, BLD_PREVIOUS_RELEASE, BLD_SOURCE_FAILED,
 * BLD_PLAN_REFUSED
 * @throws UnresolvedInputs
 */
export async function planRecipe(request: PlanRequest): Promise<Plan> {
  const { catalog, vars, recipes } = request;
  const own = usableRecipe(recipes.own);

  const problems: LifecycleError[] = [];
  const { version, why: versionReason, problem: versionProblem } = await buildVersion(own, request);
  if (versionProblem) problems.push(versionProblem);
  const env = new Map(own.env);
  env.set('VERSION', version);
  if (own.version_type !== null) env.set('VERSION_TYPE', own.version_type);
  if (!env.has('VERSION_PREV') && request.envVars?.VERSION_PREV === undefined && !versionProblem) {
    const published = await orProblem(`the releases of ${own.product}`, problems, () => catalog.published(own.product));
    const found = previousVersion(version, published ?? []);
    if (found.previous !== undefined) env.set('VERSION_PREV', found.previous);
  }
  for (const [name, value] of Object.entries(request.envVars ?? {})) env.set(name, value);
  const processEnv: Record<string, string> = { ...request.env, ...Object.fromEntries(env) };

  const ids = new Set(own.inputs.datasets.map((dataset) => dataset.id));
  const based = recipes.base ? usableRecipe(recipes.base).inputs.datasets : [];
  const datasets = [...own.inputs.datasets, ...based.filter((dataset) => !ids.has(dataset.id))];

  const copied =
    own.inputs.missing_versions_strategy === 'copy_latest_release'
      ? ((await orProblem(`the latest release of ${own.product}`, problems, () => latestRelease(own, catalog))) ??
        ('unknown' as const))
      : undefined;
  const around = { catalog, copied, vars, env: processEnv, today: request.today, locate: request.locate };
  const unresolved: UnresolvedInput[] = [];
  const found = await inParallel(datasets, AT_ONCE, async (dataset, index) => {
    try {
      return [await resolveDataset(dataset, request.pins?.get(dataset.id), around)];
    } catch (error) {
      if (!(error instanceof UnresolvedDataset)) throw error;
      unresolved.push({ index, ...error.input });
      return [];
    }
  });
  unresolved.sort((a, b) => a.index - b.index);
  const stages = stageArguments(own, { vars, env: processEnv });
  const recipe: Recipe = {
    ...own,
    version,
    branch: request.branch ?? own.branch,
    build_name: buildName(own, request),
    env,
    stage_config: stages,
  };
  const findings = [recipes.own, recipes.base]
    .flatMap((each) => each?.reading.findings ?? [])
    .filter((finding) => finding.severity === 'warning');
  const plan = planOf({ recipe, version, versionReason, env: processEnv, findings }, found.flat());
  const [problem] = problems;
  if (unresolved.length > 0) throw new UnresolvedInputs(unresolved, plan, problem);
  if (problem) throw problem;
  return plan;
}

/** An answer that a source owes us, or undefined: then the plan goes on, to name the inputs that lack one as well. */
async function orProblem<T>(what: string, problems: LifecycleError[], ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof InputProblem)) throw error;
    problems.push(sourceFailed(`${what} could not be asked for`, error));
    return undefined;
  }
}

/**
 * The version, with `problem` when it is that of an input which is missing: then the plan goes on, to name that input
 * together with all others.
 */
async function buildVersion(
  recipe: Recipe,
  request: PlanRequest,
): Promise<{ version: string; why: string; problem?: LifecycleError }> {
  if (request.version) return { version: request.version, why: 'given' };
  if (recipe.version !== null) return { version: recipe.version, why: 'the recipe says it' };
  if (recipe.version_strategy !== null) {
    try {
      return await versionByStrategy(recipe, request.catalog, request.today);
    } catch (error) {
      if (!(error instanceof LifecycleError)) throw error;
      if (error.details?.missing !== true && error.code !== 'BLD_SOURCE_FAILED') throw error;
      return { version: '', why: 'not known yet', problem: error };
    }
  }
  if (request.fallbackVersion !== undefined) return { version: request.fallbackVersion, why: 'the partition key' };
  throw new LifecycleError('BLD_NO_VERSION', `the recipe of ${recipe.product} says nothing about its version`, {
    hint: 'give it with --version, or a `version` or `version_strategy` in the recipe',
    details: { kind: 'no_version' },
  });
}

function buildName(recipe: Recipe, request: PlanRequest): string | null {
  if (request.buildName !== undefined) return request.buildName === '' ? null : request.buildName;
  return recipe.build_name ?? request.env.BUILD_NAME ?? null;
}

function withUnasked(hint: string, catalog: Catalog): string {
  const unasked = catalog.unasked?.(RELEASES);
  return unasked === undefined ? hint : `${hint}; ${unasked}`;
}

/** Versions of the latest release, wanted by the strategy even where every dataset has one of its own. */
async function latestRelease(recipe: Recipe, catalog: Catalog): Promise<ReadonlyMap<string, string | null>> {
  const text = await catalog.previousSourceDataVersions(recipe.product);
  const refuse = (kind: string, message: string) =>
    new LifecycleError('BLD_PREVIOUS_RELEASE', message, {
      hint: withUnasked(
        'build and package the release before this one, or give every input a version or find_latest',
        catalog,
      ),
      details: { kind },
    });
  if (text === undefined) {
    throw refuse(
      'no_previous_source_data_versions',
      `the latest release of ${recipe.product} has no source_data_versions.csv to copy versions from`,
    );
  }
  try {
    return readReleaseCsv(text).versions;
  } catch (error) {
    if (!(error instanceof ReleaseColumnProblem)) throw error;
    throw refuse('release_csv_columns', `source_data_versions.csv of ${recipe.product}: ${error.message}`);
  }
}

/** Fills arguments whose value is to come from the environment. */
function stageArguments(
  recipe: Recipe,
  from: { vars: PlanRequest['vars']; env: Readonly<Record<string, string>> },
): Recipe['stage_config'] {
  const stages = new Map(recipe.stage_config);
  for (const [name, stage] of stages) {
    const connector_args = stage.connector_args.map((argument) => {
      const variable = argument.value_from.get('env');
      if (argument.value || !variable) return argument;
      const value = variableOf(from.vars ?? from.env, variable);
      if (value !== undefined) return { ...argument, value };
      throw new LifecycleError(
        'BLD_PLAN_REFUSED',
        `the argument ${argument.name} of stage ${name} takes its value from ${variable}, which is not set`,
        {
          hint: `set ${variable}, or give it with --env ${variable}=VALUE`,
          details: { kind: from.vars ? 'missing_stage_var' : 'missing_stage_env' },
        },
      );
    });
    stages.set(name, { ...stage, connector_args });
  }
  return stages;
}
