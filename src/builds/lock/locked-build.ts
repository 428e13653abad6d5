import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import { MASK } from '../../masking/names.ts';
import type { Recipe } from '../../project/recipe-model.ts';
import { type InputsLock, RECIPE_LOCK, readInputsLock } from '../../store/builds/inputs-lock.ts';
import type { BuildContext } from '../build-options.ts';
import { type Originals, originalsOf } from '../build-secrets.ts';
import { BUILD_STAGE } from '../commands/environment.ts';
import { buildSchema } from '../load/engine-names.ts';
import { rereadLock } from './lock-files.ts';

/** What the plan of a partition says, read back for the stages after it. */
export interface LockedBuild {
  lock: InputsLock;
  /** Absent for a product without one. */
  recipe: Recipe | undefined;
  /** The parent's environment with the product's, the recipe's and the stage's over it. */
  env: Record<string, string>;
  /** Where inputs are loaded. */
  schema: string;
}

/** @param onUnknown called in place of an error where the value of something masked cannot be known here */
export async function readLockedBuild(
  context: BuildContext,
  partitionDir: string,
  onUnknown?: () => void,
): Promise<LockedBuild> {
  const { settings, product, key, options, rebuilding } = context;
  const parent = Object.fromEntries(
    Object.entries(settings.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const lock = await readInputsLock(partitionDir);
  const text = lock.recipe === null ? undefined : await readFile(path.join(partitionDir, RECIPE_LOCK), 'utf8');
  const recipe = text === undefined ? undefined : await rereadLock(text, parent);
  if (recipe && text?.includes(MASK)) {
    const recipeFile = options.recipe ?? path.resolve(product.dir, lock.recipe!);
    const originals = await originalsOf(context, recipeFile, { ...parent, ...product.env });
    try {
      unmask(recipe, parent, originals);
    } catch (error) {
      if (!onUnknown) throw error;
      onUnknown();
    }
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
 * @throws LifecycleError BLD_LOCK_INVALID when neither has it
 */
function unmask(recipe: Recipe, parent: Readonly<Record<string, string>>, originals: Originals): void {
  const original = (name: string, value: string) => {
    const own = originals(name, value) ?? parent[name];
    if (own !== undefined) return own;
    throw new LifecycleError(
      'BLD_LOCK_INVALID',
      `the lock masks the value of ${name}, and the recipe has another one`,
      {
        hint: `set ${name} in the environment, or plan again`,
      },
    );
  };
  const stage = recipe.stage_config.get(BUILD_STAGE);
  const commands = stage?.commands ?? [];
  for (const env of [recipe.env, stage?.env, ...commands.map((command) => command.env)]) {
    for (const [name, value] of env ?? []) if (value.includes(MASK)) env!.set(name, original(name, value));
  }
  for (const command of commands) if (command.run.includes(MASK)) command.run = original('run', command.run);
}
