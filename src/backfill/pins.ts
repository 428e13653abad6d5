import { ARCHIVE_SOURCE } from '../builds/plan/catalog.ts';
import type { TemplateId } from '../ids.ts';
import { makersOf } from '../project/makers.ts';
import type { Product, Project } from '../project/project.ts';
import { readRecipe } from '../project/recipe.ts';
import type { Environment } from '../settings/values.ts';

/** A version of a template that a product's recipe asks for by name. */
export interface Pin {
  product: string;
  version: string;
}

export interface Pins {
  of(template: TemplateId): readonly Pin[];
  /** Products whose pins are not known, with the reason. */
  unknown: { product: string; reason: string }[];
}

/** What the recipes of all products pin. `env` fills in the variables that they use. */
export async function recipePins(project: Project, env: Environment): Promise<Pins> {
  const made = makersOf(project);
  const pins = new Map<TemplateId, Pin[]>();
  const unknown: Pins['unknown'] = [];
  for (const product of project.products) {
    if (product.recipe === undefined) continue;
    const { recipe, findings } = await readRecipe(product.recipe, { env });
    if (!recipe) {
      const reason = findings.find(({ severity }) => severity === 'error')?.message ?? 'it cannot be read';
      unknown.push({ product: product.id, reason });
      continue;
    }
    for (const { id, version, source } of recipe.inputs.datasets) {
      const template = made.get(id);
      if (!template || version === null || version === 'latest' || (source ?? ARCHIVE_SOURCE) !== ARCHIVE_SOURCE)
        continue;
      pins.set(template, [...(pins.get(template) ?? []), { product: product.id, version }]);
    }
  }
  return { of: (template) => pins.get(template) ?? [], unknown };
}

/** The templates that make the inputs of a product, whatever the values of its recipe's variables are. */
export async function inputTemplates(project: Project, product: Product): Promise<TemplateId[]> {
  if (product.recipe === undefined) return [];
  const made = makersOf(project);
  const { recipe } = await readRecipe(product.recipe, { standIns: true });
  const found = recipe?.inputs.datasets.flatMap(({ id }) => made.get(id) ?? []) ?? [];
  return [...new Set(found)];
}
