import { LifecycleError } from '../../errors.ts';
import type { Masker } from '../../masking/known.ts';
import { maskDataWith } from '../../masking/output.ts';
import type { Plain } from '../../project/fields.ts';
import { parseRecipe } from '../../project/recipe.ts';
import type { Recipe } from '../../project/recipe-model.ts';
import { emitYaml11 } from '../../project/yaml11-emit.ts';
import { csvLine } from './release-csv.ts';

/** A complete recipe as JSON-like data, keys in the order of the department's model. */
export function plainRecipe(recipe: Recipe): Map<string, Plain> {
  return toPlain(recipe) as Map<string, Plain>;
}

function toPlain(value: unknown): Plain {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [String(key), toPlain(inner)]));
  if (typeof value === 'object') {
    return new Map(Object.entries(value).map(([key, inner]) => [key, toPlain(inner)]));
  }
  return value as Plain;
}

/** Plain data as JSON has it; whole numbers beyond 2^53 become text. */
export function toJson(value: Plain | ReadonlyMap<string, Plain>): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, toJson(inner)]));
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value;
}

/** recipe.lock.yml, without the secrets in it. */
export function recipeLock(recipe: Recipe, masker?: Masker): string {
  const plain = plainRecipe(recipe);
  return emitYaml11(masker ? maskDataWith(plain, masker) : plain);
}

/**
 * The recipe as those who read the lock see it: the lock is rendered as a template once more, so braces that the recipe
 * had kept literal are filled in there, or refused.
 *
 * @throws LifecycleError BLD_RECIPE_TEMPLATE, BLD_RECIPE_INVALID
 */
export async function rereadLock(lock: string, env: Readonly<Record<string, string>>): Promise<Recipe> {
  const reading = await parseRecipe(lock, 'recipe.lock.yml', { env });
  if (reading.recipe) return reading.recipe;
  const [finding] = reading.findings.filter(({ severity }) => severity === 'error');
  throw new LifecycleError(finding?.code ?? 'BLD_LOCK_INVALID', finding?.message ?? 'the lock cannot be read', {
    place: finding?.place,
    hint: finding?.hint,
    details: { kind: reading.problem?.kind },
  });
}

/**
 * source_data_versions.csv
 *
 * @throws LifecycleError BLD_PLAN_REFUSED when a version is still the word `latest`
 */
export function sourceDataVersions(recipe: Recipe): string {
  const { datasets } = recipe.inputs;
  const open = datasets.filter((dataset) => dataset.version === 'latest').map((dataset) => dataset.id);
  if (open.length > 0) {
    throw new LifecycleError('BLD_PLAN_REFUSED', `the source itself calls the version of ${open.join(', ')} latest`, {
      hint: 'pin a version in the recipe',
      details: { kind: 'unresolved_latest' },
    });
  }
  const lines = datasets.map((dataset) =>
    csvLine([dataset.id, dataset.name, dataset.version, dataset.file_type, dataset.archive_date, dataset.url]),
  );
  return csvLine(['schema_name', 'dataset_name', 'v', 'file_type', 'archive_date', 'url']) + lines.join('');
}
