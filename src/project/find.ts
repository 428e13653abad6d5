import { LifecycleError } from '../errors.ts';
import { suggestionHint } from '../suggest.ts';
import type { DatasetDefinition, IngestTemplate, Product, Project } from './project.ts';
import { errorFrom, firstError } from './template.ts';

/** A template that can be used: its definition is there. */
export type SoundTemplate = IngestTemplate & { definition: NonNullable<IngestTemplate['definition']> };

/** @throws LifecycleError PRJ_NOT_A_PROJECT when the folder holds nothing of a project */
export function requireProject(project: Project): void {
  const finding = project.findings.find((each) => each.code === 'PRJ_NOT_A_PROJECT');
  if (finding) throw errorFrom(finding);
}

/** @throws LifecycleError LIF_UNKNOWN_ID, or the first PRJ_* error of a template that is broken */
export function findTemplate(project: Project, id: string): SoundTemplate {
  requireProject(project);
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
  throw firstError(template);
}

/**
 * The dataset of that id and the template that makes it; a template's own id stands for its only dataset.
 * @throws LifecycleError LIF_UNKNOWN_ID, or the first PRJ_* error of a template that is broken
 */
export function findDataset(project: Project, id: string): { template: SoundTemplate; dataset: DatasetDefinition } {
  requireProject(project);
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
  requireProject(project);
  const product = project.products.find((each) => each.id === id);
  if (product) return product;
  const ids = project.products.map((each) => each.id);
  throw new LifecycleError('LIF_UNKNOWN_ID', `there is no product ${JSON.stringify(id)}`, {
    hint: suggestionHint(id, ids) ?? 'see `lifecycle list builds`',
  });
}
