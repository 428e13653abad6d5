import type { IngestTemplate, Project } from '../project/project.ts';
import { openIngestStore } from '../store/ingest.ts';
import type { StoreLayout } from '../store/layout.ts';
import { compareVersions } from '../version-order.ts';
import type { VersionsOf } from './manifest.ts';

/** As many as a list of examples shows without scrolling. */
const SHOWN = 5;

/** Finds which versions of a dataset the store has, by the names of their directories alone; none where it cannot tell. */
export function newestVersions(project: Project, layout: StoreLayout): VersionsOf {
  const store = openIngestStore(layout);
  const makers = new Map<string, IngestTemplate>();
  for (const template of project.templates) {
    for (const { id } of template.definition?.datasets ?? []) makers.set(id, template);
  }
  for (const template of project.templates) makers.set(template.id, template);
  return async (dataset) => {
    const template = makers.get(dataset);
    if (!template) return [];
    try {
      const [latest, names] = await Promise.all([store.pointer(template.id), store.names(template.id)]);
      const order = template.definition?.version_order ?? undefined;
      const sorted = names.sort((a, b) => compareVersions(b, a, order) ?? (a < b ? 1 : -1));
      return [...new Set([...(latest ? [latest] : []), ...sorted])].slice(0, SHOWN);
    } catch {
      // A store that cannot be read is said to be so where it matters; a form goes without examples.
      return [];
    }
  };
}
