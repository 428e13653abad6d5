import { LifecycleError } from '../errors.ts';
import type { DatasetDefinition, IngestTemplate, Product, Project } from './project.ts';
import { suggestionHint } from './suggest.ts';
import { errorFrom } from './template.ts';

/** A template that can be used: its definition is there. */
export type SoundTemplate = IngestTemplate & { definition: NonNullable<IngestTemplate['definition']> };

/** @throws LifecycleError LIF_UNKNOWN_ID, or the first PRJ_* error of a template that is broken */
export function findTemplate(project: Project, id: string): SoundTemplate {
  const template = project.templates.find((each) => each.id === id);
  if (template) return sound(template);
  const maker = project.templates.find((each) => each.definition?.datasets.some((dataset) => dataset.id === id));
  const ids = project.templates.map((each) => each.id);
  throw new LifecycleError('LIF_UNKNOWN_ID', `there is no template ${JSON.stringify(id)}`, {
    hint: maker
      ? `${id} is a dataset of the template ${maker.id}`
      : (suggestionHint(id, ids) ?? 'see `lifecycle list ingest`'),
  });
}

/** The template as it is when its definition could be read. @throws LifecycleError its first PRJ_* error otherwise */
export function sound(template: IngestTemplate): SoundTemplate {
  if (template.definition) return template as SoundTemplate;
  const error = template.findings.find((finding) => finding.severity === 'error');
  if (error) throw errorFrom(error);
  throw new LifecycleError('LIF_INTERNAL', `the template ${template.id} has no definition and no finding`);
}

/**
 * The dataset of that id and the template that makes it; a template's own id stands for its only dataset.
 * @throws LifecycleError LIF_UNKNOWN_ID, or the first PRJ_* error of a template that is broken
 */
export function findDataset(project: Project, id: string): { template: SoundTemplate; dataset: DatasetDefinition } {
  for (const template of project.templates) {
    const dataset = template.definition?.datasets.find((each) => each.id === id);
    if (dataset) return { template: sound(template), dataset };
  }
  const named = project.templates.find((template) => template.id === id);
  if (named) {
    const template = sound(named);
    const [only, ...others] = template.definition.datasets;
    if (only && others.length === 0) return { template, dataset: only };
    throw new LifecycleError('LIF_UNKNOWN_ID', `${id} is a template that makes several datasets`, {
      hint: `name one of them: ${template.definition.datasets.map((dataset) => dataset.id).join(', ')}`,
    });
  }
  const ids = project.templates.flatMap((template) => template.definition?.datasets.map((each) => each.id) ?? []);
  throw new LifecycleError('LIF_UNKNOWN_ID', `there is no dataset ${JSON.stringify(id)}`, {
    hint: suggestionHint(id, ids) ?? 'see `lifecycle list ingest`',
  });
}

/** @throws LifecycleError LIF_UNKNOWN_ID */
export function findProduct(project: Project, id: string): Product {
  const product = project.products.find((each) => each.id === id);
  if (product) return product;
  const ids = project.products.map((each) => each.id);
  throw new LifecycleError('LIF_UNKNOWN_ID', `there is no product ${JSON.stringify(id)}`, {
    hint: suggestionHint(id, ids) ?? 'see `lifecycle list builds`',
  });
}
