import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type DatasetId, datasetIdFrom, type TemplateId, templateIdFrom } from '../ids.ts';
import { findDataset } from './find.ts';
import type { Project } from './project.ts';
import { readRecipe } from './recipe.ts';

/** Ids of the inputs that the project's recipes name; many of them are archived by other means than a template. */
export async function recipeInputIds(project: Project): Promise<Set<string>> {
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
 * Where a dataset is kept in the store: with the template that makes it, or under its own id when no template does but a
 * recipe wants it.
 *
 * @throws LifecycleError LIF_UNKNOWN_ID when neither knows it, or the first error of a template that is broken
 */
export async function keptDataset(project: Project, id: string): Promise<{ template: TemplateId; dataset: DatasetId }> {
  try {
    const { template, dataset } = findDataset(project, id);
    return { template: template.id, dataset: dataset.id };
  } catch (error) {
    const template = templateIdFrom(id);
    const dataset = datasetIdFrom(id);
    const known = project.templates.some((each) => each.id === id);
    if (known || !template || !dataset || !(await recipeInputIds(project)).has(id)) throw error;
    return { template, dataset };
  }
}
