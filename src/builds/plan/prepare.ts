import type { TemplateId } from '../../ids.ts';
import { loadProject } from '../../project/load.ts';
import { makersOf } from '../../project/makers.ts';
import type { InputDataset } from '../../project/recipe-model.ts';
import { variablesSet } from '../../settings/values.ts';
import { hashText } from '../../store/files.ts';
import { openIngestStore } from '../../store/ingest.ts';
import type { BuildContext } from '../build-options.ts';
import { plainRecipe } from '../lock/lock-files.ts';
import { type Catalog, InputProblem } from './catalog.ts';
import type { CatalogFile } from './catalog-file.ts';
import { planCatalog } from './kept-catalog.ts';
import { inStore, type LocatedInput } from './plan.ts';
import { type PlanRecipes, readPlanRecipes } from './plan-recipes.ts';
import type { PlanRequest } from './planner.ts';
import { RemoteInputs } from './remote-inputs.ts';
import { variableOf } from './resolve-dataset.ts';
import { storeCatalog } from './store-catalog.ts';
import { type StoredInputs, storedInputs } from './stored-inputs.ts';

/** What of a plan is read from files of people, once a command. */
interface Asked {
  readonly recipes: PlanRecipes;
  readonly vars: Readonly<Record<string, string>> | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Where a catalog takes the place of the store and the sources. */
  readonly file: CatalogFile | undefined;
}

/** A plan's surroundings, made once and used for its fingerprint and the plan itself. */
export interface Planning {
  /** Undefined, as the request, for a product without a recipe. */
  readonly asked: Asked | undefined;
  readonly request: PlanRequest | undefined;
  readonly stored: StoredInputs;
  /** Fetches the files that the plan finds at their sources. */
  readonly remote: RemoteInputs;
}

export async function preparePlan(context: BuildContext): Promise<Planning> {
  const { product, settings, options } = context;
  const recipeFile = options.recipe ?? product.recipe;
  if (recipeFile === undefined) return planningOf(context, undefined);
  const file =
    options.catalog === undefined
      ? undefined
      : await (await import('./catalog-file.ts')).readCatalogFile(options.catalog);
  const vars = options.vars ?? file?.vars;
  const env = file?.env ?? variablesSet({ ...settings.env, ...product.env });
  const recipes = await readPlanRecipes(recipeFile, { vars, env, envVars: options.env });
  return planningOf(context, { recipes, vars, env, file });
}

/** The same recipe and arguments, and another look at the store and the sources. */
export function planAnew(context: BuildContext, { asked }: Planning): Planning {
  return planningOf(context, asked);
}

function planningOf(context: BuildContext, asked: Asked | undefined): Planning {
  const { product, key, layout, settings, options } = context;
  const stored = storedInputs(layout, openIngestStore(layout), lazyTemplates(settings.projectDir));
  const remote = new RemoteInputs(context);
  if (!asked) return { asked, request: undefined, stored, remote };
  const { recipes, vars, env, file } = asked;
  const name = recipes.own.reading.recipe?.product ?? product.id;
  const own = storeCatalog(stored, { product: product.id, name, key });
  const catalog: Catalog = file ?? planCatalog(own, remote.factsOf, remote.catalog);
  const locate = async (dataset: InputDataset): Promise<LocatedInput> => {
    const found = await stored.file(dataset);
    // A catalog speaks of an archive that may hold other file types; then its word stays in the lock.
    if (file) return { dataset, stored: found };
    if (found) return inStore(dataset, found);
    const located = await remote.find(dataset, catalog);
    if (!located) throw notInStore(dataset);
    return located;
  };
  const request: PlanRequest = {
    recipes,
    catalog,
    env,
    today: file?.today ?? localDay(new Date()),
    version: options.version,
    fallbackVersion: key,
    buildName: options.buildName ?? key,
    branch: options.branch,
    envVars: options.env,
    vars,
    pins: options.pins,
    locate,
  };
  return { asked, request, stored, remote };
}

function notInStore({ id, version }: InputDataset): InputProblem {
  const what = `${id}${version === null ? '' : ` ${version}`}`;
  return new InputProblem('dataset_or_version_not_archived', `${what} is not in this store`);
}

/** `yyyy-mm-dd`, without the time that loading a locale takes. */
function localDay(time: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** Which template makes a dataset; the project is read at the first question. */
function lazyTemplates(projectDir: string): () => Promise<ReadonlyMap<string, TemplateId>> {
  let templates: Promise<ReadonlyMap<string, TemplateId>> | undefined;
  return () => {
    templates ??= loadProject(projectDir).then(makersOf);
    return templates;
  };
}

/**
 * A hash of what decides a plan: the recipe as it reads with today's variables, and the arguments. New versions of
 * inputs are left out on purpose, for a plan that stands keeps the inputs that it locked.
 */
export function planFingerprint({ options, product }: BuildContext, { request }: Planning): string {
  const variables: Record<string, string | undefined> = {};
  const recipes = [request?.recipes.own, request?.recipes.base].flatMap((read) => {
    if (!read) return [];
    const { recipe } = read.reading;
    for (const { version_env_var } of recipe?.inputs.datasets ?? []) {
      if (version_env_var) variables[version_env_var] = variableOf(request!.vars ?? request!.env, version_env_var);
    }
    // One that cannot be used gives no plan, so it is like no other.
    return [recipe ? plainRecipe(recipe) : null];
  });
  const { version, buildName, branch, env, vars, catalog } = options;
  const pins = [...(options.pins ?? [])];
  const args = { product: product.id, version, buildName, branch, env, vars, pins, catalog };
  return hashText(JSON.stringify([recipes, variables, args], jsonValue));
}

function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Map) return { map: [...value] };
  return typeof value === 'bigint' ? `${value}n` : value;
}
