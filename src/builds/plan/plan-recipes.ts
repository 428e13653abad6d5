import path from 'node:path';
import { formatPlace, LifecycleError } from '../../errors.ts';
import { type RecipeReading, readRecipe } from '../../project/recipe.ts';
import type { Recipe } from '../../project/recipe-model.ts';

/** One file, as it read when the plan began. */
interface ReadFile {
  /** Absolute path. */
  readonly file: string;
  readonly reading: RecipeReading;
}

/** The recipe of a plan and the one that it is based on. */
export interface PlanRecipes {
  readonly own: ReadFile;
  readonly base: ReadFile | undefined;
}

export interface RecipeVariables {
  /** When given, the only variables of the template. */
  vars?: Readonly<Record<string, string>> | undefined;
  env: Readonly<Record<string, string>>;
  /** Laid over the recipe's `env`. */
  envVars?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads each file once, so that whatever asks about the recipe in one command is told of the same state of it. A base
 * recipe sees what the recipe puts into the environment; what a plan adds to that, no template can ask for. Whatever is
 * wrong with them is among their findings.
 *
 * @param file absolute path
 */
export async function readPlanRecipes(file: string, { vars, env, envVars }: RecipeVariables): Promise<PlanRecipes> {
  const reading = await readRecipe(file, { vars, env });
  const own = { file, reading };
  const { recipe } = reading;
  if (!recipe || recipe.base_recipe === null) return { own, base: undefined };
  const baseFile = path.resolve(path.dirname(file), recipe.base_recipe);
  const seen = { ...env, ...Object.fromEntries(recipe.env), ...envVars };
  return { own, base: { file: baseFile, reading: await readRecipe(baseFile, { vars, env: seen }) } };
}

/** Those that can be used, the own one first. */
export function usableRecipes({ own, base }: PlanRecipes): Recipe[] {
  return [own, base].flatMap((each) => each?.reading.recipe ?? []);
}

/** @throws LifecycleError BLD_RECIPE_… with all that is wrong with it */
export function usableRecipe({ file, reading }: ReadFile): Recipe {
  if (reading.recipe) return reading.recipe;
  const errors = reading.findings.filter((finding) => finding.severity === 'error');
  const [first] = errors;
  if (!first) throw new LifecycleError('LIF_INTERNAL', `the recipe ${file} was refused without a reason`);
  const more = errors
    .slice(1)
    .map((finding) => `\n  ${finding.place ? `${formatPlace(finding.place)}: ` : ''}${finding.message}`);
  throw new LifecycleError(first.code, first.message + more.join(''), {
    place: first.place,
    hint: first.hint,
    details: {
      kind: reading.problem?.kind,
      fields: reading.problem?.fields,
      findings: errors.map(({ message, place, hint }) => ({ message, place, hint })),
    },
  });
}
