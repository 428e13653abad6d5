import type { Masker } from '../masking/known.ts';
import { maskDataWith, maskerOfSecrets } from '../masking/output.ts';
import type { Recipe } from '../project/recipe-model.ts';
import type { BuildContext } from './build-options.ts';
import { type PlanRecipes, usableRecipes } from './plan/plan-recipes.ts';

/** What masks the files of a build: secrets of the environment, and those that stand in the project. */
export function maskerOf(context: BuildContext, env: Readonly<Record<string, string | undefined>> = {}): Masker {
  return maskerOfSecrets({ ...context.settings.env, ...env });
}

/** A text of a recipe that a lock masks, by its name and by what the lock has in its place. */
export type Originals = (name: string, masked: string) => string | undefined;

/**
 * What the recipe of a build says where its lock has masks, for a lock holds no secret. The recipe may have changed
 * since, so only what would be masked alike counts.
 */
export function originalsOf(context: BuildContext, recipes: PlanRecipes): Originals {
  const found = new Map<string, string>();
  const masker = maskerOf(context);
  for (const recipe of usableRecipes(recipes)) {
    for (const texts of textsOf(recipe)) {
      const masked = maskDataWith(texts, masker);
      for (const [name, text] of texts) {
        const key = JSON.stringify([name, masked.get(name)]);
        if (!found.has(key)) found.set(key, text);
      }
    }
  }
  return (name, masked) => found.get(JSON.stringify([name, masked]));
}

/** The environments and commands of a recipe, each as a map from name to text. */
export function textsOf(recipe: Recipe): ReadonlyMap<string, string>[] {
  const stages = [...recipe.stage_config.values()];
  const commands = stages.flatMap((stage) => stage.commands);
  return [
    recipe.env,
    ...stages.map((stage) => stage.env),
    ...commands.map((command) => command.env),
    ...commands.map((command) => new Map([['run', command.run]])),
  ];
}
