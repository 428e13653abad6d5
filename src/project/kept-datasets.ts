import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type DatasetId, datasetIdFrom, type TemplateId, templateIdFrom } from '../ids.ts';
import type { VersionOrder } from '../version-order.ts';
import { findDataset } from './find.ts';
import type { Project } from './project.ts';
import { readRecipe } from './recipe.ts';

/** Ids of the inputs that the project's recipes name; many of them are archived by other means than a template. */
async function recipeInputIds(project: Project): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const { dir, recipe } of project.products) {
    const names = await readdir(dir).catch(() => []);
    const files = names.filter((name) => /^recipe.*\.ya?ml$/.test(name)).map((name) => path.join(dir, name));
    for (const file of new Set([...files, ...(recipe === undefined ? [] : [recipe])])) {
      const reading = await readRecipe(file, { standIns: true });
      for (const { id } of reading.recipe?.inputs.datasets ?? []) ids.add(id);
    }
  }
  return ids;
}

/**
 * Where versions are kept in the store, by the id of a template, broken ones included, or of a dataset.
 *
 * @throws LifecycleError LIF_UNKNOWN_ID
 */
export async function keptTemplate(project: Project, id: string): Promise<TemplateId> {
  return project.templates.find((template) => template.id === id)?.id ?? (await keptDataset(project, id)).template;
}

interface KeptDataset {
  template: TemplateId;
  dataset: DatasetId;
  /** How `latest` tells which version is the newer one, where the template says so. */
  order: VersionOrder | undefined;
}

/**
 * Where a dataset is kept in the store: with the template that makes it, or under its own id when no template does but a
 * recipe wants it.
 *
 * @throws LifecycleError LIF_UNKNOWN_ID when neither knows it, or the first error of a template that is broken
 */
export async function keptDataset(project: Project, id: string): Promise<KeptDataset> {
  try {
    const { template, dataset } = findDataset(project, id);
    return { template: template.id, dataset: dataset.id, order: template.definition.version_order ?? undefined };
  } catch (error) {
    const template = templateIdFrom(id);
    const dataset = datasetIdFrom(id);
    const known = project.templates.some((each) => each.id === id);
    if (known || !template || !dataset || !(await recipeInputIds(project)).has(id)) throw error;
    return { template, dataset, order: undefined };
  }
}
