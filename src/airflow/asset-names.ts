import type { DatasetId, ProductId, TemplateId } from '../ids.ts';

/** The asset of a template as a whole: what a run of its DAG materializes. */
export function ingestAssetName(template: TemplateId): string {
  return `ingest/${template}`;
}

/** The asset of one dataset of a one-to-many template. */
export function datasetAssetName(template: TemplateId, dataset: DatasetId): string {
  return `ingest/${template}/${dataset}`;
}

export function buildAssetName(product: ProductId): string {
  return `builds/${product}`;
}

/** Whose asset it is, by its name: `ingest/TEMPLATE`, `ingest/TEMPLATE/DATASET` or `builds/PRODUCT`. */
export function ownerOfAsset(name: string): { kind: 'ingest' | 'builds'; id: string } {
  const [kind, id = ''] = name.split('/');
  return { kind: kind === 'builds' ? 'builds' : 'ingest', id };
}
