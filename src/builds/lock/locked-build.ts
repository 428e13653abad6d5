import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import { MASK } from '../../masking/names.ts';
import type { Recipe } from '../../project/recipe-model.ts';
import { variablesSet } from '../../settings/values.ts';
import { type InputsLock, RECIPE_LOCK, readInputsLock } from '../../store/builds/inputs-lock.ts';
import type { Partition } from '../../store/builds/partition.ts';
import type { BuildContext } from '../build-options.ts';
import { originalsOf } from '../build-secrets.ts';
import { BUILD_STAGE } from '../commands/environment.ts';
import { buildSchema } from '../load/engine-names.ts';
import { type PlanRecipes, readPlanRecipes } from '../plan/plan-recipes.ts';
import { rereadLock } from './lock-files.ts';

/** What the plan of a partition says, read back for the stages after it. */
export interface LockedBuild {
  readonly lock: InputsLock;
  /** Absent for a product without one. */
  readonly recipe: Recipe | undefined;
  /** The parent's environment with the product's, the recipe's and the stage's over it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where inputs are loaded. */
  readonly schema: string;
}

/** How a locked build is read. */
export interface Reading {
  /** `inputs.lock.json` of the partition, where it has been read already. */
  lock?: InputsLock | undefined;
  /** The recipe that it was made of, where that has been read already. */
  recipes?: PlanRecipes | undefined;
  /** Called in place of an error where the value of something masked cannot be known here; it stays masked. */
  onUnknown?: () => void;
}

/** @throws LifecycleError BLD_LOCK_INVALID, and those of recipes */
export async function readLockedBuild(
  context: BuildContext,
  partitionDir: string,
  reading: Reading = {},
): Promise<LockedBuild> {
  const { settings, product, key, options, rebuilding } = context;
  const parent = variablesSet(settings.env);
  const lock = reading.lock ?? (await readInputsLock(partitionDir));
  const text = lock.recipe === null ? undefined : await readFile(path.join(partitionDir, RECIPE_LOCK), 'utf8');
  let recipe = text === undefined ? undefined : await rereadLock(text, parent);
  if (recipe && text?.includes(MASK)) {
    const recipeFile = options.recipe ?? path.resolve(product.dir, lock.recipe!);
    const seen = { vars: options.vars, env: { ...parent, ...product.env }, envVars: options.env };
    const originals = originalsOf(context, reading.recipes ?? (await readPlanRecipes(recipeFile, seen)));
    recipe = unmasked(recipe, (name, value) => {
      const own = originals(name, value) ?? parent[name];
      if (own !== undefined) return own;
      if (!reading.onUnknown) throw unknownValue(name);
      reading.onUnknown();
      return value;
    });
  }
  const env = {
    ...parent,
    ...product.env,
    ...Object.fromEntries(recipe?.env ?? []),
    ...Object.fromEntries(recipe?.stage_config.get(BUILD_STAGE)?.env ?? []),
  };
  const schema = buildSchema(env, recipe?.build_name ?? (options.buildName || key));
  return { lock, recipe, env, schema: rebuilding ? `${schema.slice(0, 48)}__rebuild` : schema };
}

/**
 * What the lock masks is taken from the recipe that it was made of, or from the environment under the same name.
 *
 * @param original gives the text of something masked, by its name and by what the lock has in its place
 */
function unmasked(recipe: Recipe, original: (name: string, masked: string) => string): Recipe {
  const open = (name: string, text: string) => (text.includes(MASK) ? original(name, text) : text);
  const openAll = (env: ReadonlyMap<string, string>) =>
    new Map([...env].map(([name, text]) => [name, open(name, text)]));
  const env = openAll(recipe.env);
  const stage = recipe.stage_config.get(BUILD_STAGE);
  if (!stage) return { ...recipe, env };
  const opened = {
    ...stage,
    env: openAll(stage.env),
    commands: stage.commands.map((command) => ({
      ...command,
      env: openAll(command.env),
      run: open('run', command.run),
    })),
  };
  return { ...recipe, env, stage_config: new Map(recipe.stage_config).set(BUILD_STAGE, opened) };
}

function unknownValue(name: string): LifecycleError {
  return new LifecycleError('BLD_LOCK_INVALID', `the lock masks the value of ${name}, and the recipe has another one`, {
    hint: `set ${name} in the environment, or plan again`,
  });
}

/** What a plan has locked, for all stages of one command: each file is read once, and again when a plan has written it. */
export class StandingLock {
  readonly #context: BuildContext;
  readonly #recipes: () => Promise<PlanRecipes | undefined>;
  #lock: Promise<InputsLock> | undefined;
  #build: Promise<LockedBuild> | undefined;

  /** @param recipes what the plan has read in this command */
  constructor(context: BuildContext, recipes: () => Promise<PlanRecipes | undefined>) {
    this.#context = context;
    this.#recipes = recipes;
  }

  /** @throws LifecycleError BLD_LOCK_INVALID */
  inputs({ dir }: Partition): Promise<InputsLock> {
    this.#lock ??= readInputsLock(dir);
    return this.#lock;
  }

  /** @throws as `readLockedBuild` */
  build(partition: Partition): Promise<LockedBuild> {
    this.#build ??= this.#read(partition);
    return this.#build;
  }

  async #read(partition: Partition): Promise<LockedBuild> {
    const known = { lock: await this.inputs(partition), recipes: await this.#recipes() };
    return readLockedBuild(this.#context, partition.dir, known);
  }

  /** For a plan that has written another one. */
  forget(): void {
    this.#lock = undefined;
    this.#build = undefined;
  }
}
