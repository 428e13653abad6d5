import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TemplateId } from '../../ids.ts';
import { loadProject } from '../../project/load.ts';
import { readRecipe } from '../../project/recipe.ts';
import type { InputDataset } from '../../project/recipe-model.ts';
import { hashText } from '../../store/files.ts';
import { openIngestStore } from '../../store/ingest.ts';
import type { BuildContext } from '../build-options.ts';
import { plainRecipe } from '../lock/lock-files.ts';
import { type Catalog, InputProblem } from './catalog.ts';
import { planCatalog } from './kept-catalog.ts';
import type { PlanRequest } from './planner.ts';
import { RemoteInputs } from './remote-inputs.ts';
import { variableOf } from './resolve-dataset.ts';
import { storeCatalog } from './store-catalog.ts';
import { type StoredFile, type StoredInputs, storedInputs } from './stored-inputs.ts';

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
  const templates = lazyTemplates(settings.projectDir);
  const stored = storedInputs(layout, openIngestStore(layout), templates);
  const remote = new RemoteInputs(context);
  const located = new Map<InputDataset, StoredFile>();
  const recipeFile = options.recipe ?? product.recipe;
  if (recipeFile === undefined) return { request: undefined, stored, located, remote };

  const file =
    options.catalog === undefined
      ? undefined
      : await (await import('./catalog-file.ts')).readCatalogFile(options.catalog);
  const vars = options.vars ?? file?.vars;
  const name = (await readRecipe(recipeFile, { vars, env: settings.env, standIns: true })).recipe?.product;
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
    vars,
    pins: options.pins,
    locate,
  };
  return { request, stored, located, remote };
}

function notInStore({ id, version }: InputDataset): InputProblem {
  const what = `${id}${version === null ? '' : ` ${version}`}`;
  return new InputProblem('dataset_or_version_not_archived', `${what} is not in this store`);
}

/** An input with the type of the file that stands for it. */
export function withFileType(dataset: InputDataset, found: StoredFile): InputDataset {
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
function lazyTemplates(projectDir: string): () => Promise<ReadonlyMap<string, TemplateId>> {
  let templates: Promise<Map<string, TemplateId>> | undefined;
  const read = async () => {
    const byId = new Map<string, TemplateId>();
    for (const template of (await loadProject(projectDir)).templates) {
      for (const dataset of template.definition?.datasets ?? []) byId.set(dataset.id, template.id);
      byId.set(template.id, template.id);
    }
    return byId;
  };
  return () => {
    templates ??= read();
    return templates;
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
      if (version_env_var) variables[version_env_var] = variableOf(request!.vars ?? request!.env, version_env_var);
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
