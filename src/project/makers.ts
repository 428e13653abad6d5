import type { TemplateId } from '../ids.ts';
import type { Project } from './project.ts';

/**
 * Which template makes a dataset, by the id under which recipes and other templates ask for it. A template's own id comes
 * before a dataset of that name, as in the store.
 */
export function makersOf({ templates }: Pick<Project, 'templates'>): ReadonlyMap<string, TemplateId> {
  const makers = new Map<string, TemplateId>();
  for (const { id, definition } of templates)
    for (const dataset of definition?.datasets ?? []) makers.set(dataset.id, id);
  for (const { id } of templates) makers.set(id, id);
  return makers;
}
