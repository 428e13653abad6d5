import { manifestOf } from '../airflow/manifest.ts';
import { LifecycleError } from '../errors.ts';
import type { TemplateId } from '../ids.ts';
import { findProduct } from '../project/find.ts';
import type { IngestTemplate, Project } from '../project/project.ts';
import { suggestionHint } from '../suggest.ts';
import { inputTemplates } from './pins.ts';

/** Templates, by any of three ways. */
export interface TemplateSelection {
  /** Ids with `*` and `?`. */
  ingest: readonly string[];
  tags: readonly string[];
  products: readonly string[];
}

/** @throws LifecycleError LIF_UNKNOWN_ID where a part of the selection finds nothing */
export async function selectTemplates(
  project: Project,
  { ingest, tags, products }: TemplateSelection,
): Promise<IngestTemplate[]> {
  const found = new Set<TemplateId>();
  const take = (ids: readonly TemplateId[], nothing: () => LifecycleError) => {
    if (ids.length === 0) throw nothing();
    for (const id of ids) found.add(id);
  };
  for (const pattern of ingest) {
    const source = pattern
      .replace(/[\\^$.+()[\]{}|/-]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    const matches = new RegExp(`^${source}$`);
    const ids = project.templates.map(({ id }) => id);
    take(
      ids.filter((id) => matches.test(id)),
      () =>
        new LifecycleError('LIF_UNKNOWN_ID', `no template is called ${JSON.stringify(pattern)}`, {
          hint: suggestionHint(pattern, ids) ?? 'quote a pattern, so that the shell leaves it alone',
        }),
    );
  }
  if (tags.length > 0) {
    const entries = (await manifestOf(project)).ingest;
    for (const tag of tags) {
      const ids = new Set(entries.filter((entry) => entry.tags.includes(tag)).map(({ id }) => id));
      take(
        project.templates.filter(({ id }) => ids.has(id)).map(({ id }) => id),
        () => {
          const all = [...new Set(entries.flatMap((entry) => entry.tags))];
          const hint = suggestionHint(tag, all) ?? 'tags are those that Airflow shows';
          return new LifecycleError('LIF_UNKNOWN_ID', `no template has the tag ${JSON.stringify(tag)}`, { hint });
        },
      );
    }
  }
  for (const id of products) {
    const product = findProduct(project, id);
    take(
      await inputTemplates(project, product),
      () => new LifecycleError('LIF_UNKNOWN_ID', `no template here makes an input of ${id}`),
    );
  }
  return project.templates.filter(({ id }) => found.has(id));
}
