import path from 'node:path';
import type { DatasetDefinition, IngestTemplate, Product } from '../project/project.ts';
import { buildAssetName, datasetAssetName, ingestAssetName } from './asset-names.ts';
import { MAX_DESCRIPTION_LENGTH, MAX_TITLE_LENGTH, oneLine } from './labels.ts';

export interface ManifestAsset {
  name: string;
  /** Null for what a run makes as a whole. */
  dataset: string | null;
  title: string;
  /** What its page says about it. */
  extra: Record<string, string>;
}

/** What is known of an asset before there is any version of it; what is not known is left out. */
function assetExtra(facts: Record<string, string | null | undefined>): Record<string, string> {
  const known = Object.entries(facts).filter((fact): fact is [string, string] => Boolean(fact[1]));
  return Object.fromEntries(known.map(([name, value]) => [name, oneLine(value, MAX_DESCRIPTION_LENGTH)]));
}

/** The asset of the template as a whole first, then, for a one-to-many template, one per dataset. */
export function ingestAssets(template: IngestTemplate, title: string): ManifestAsset[] {
  const { id, definition } = template;
  const datasets = definition?.datasets ?? [];
  const { attributes, source } = definition ?? {};
  const origin = { source: source?.type, access: definition?.acl, template: path.basename(template.file) };
  const crs = (dataset: DatasetDefinition | undefined) => dataset?.target_crs;
  const [first] = datasets;
  const isMany = definition?.shape === 'one_to_many';
  const whole = {
    title,
    description: attributes?.description,
    url: attributes?.url,
    ...origin,
    ...(isMany ? {} : { format: first?.file_format.type, crs: crs(first) }),
  };
  const parts = (isMany ? datasets : []).map((dataset) => {
    const name = oneLine(dataset.attributes.name ?? dataset.id, MAX_TITLE_LENGTH);
    const { description, url } = dataset.attributes;
    const facts = { title: name, description, url, ...origin, format: dataset.file_format.type, crs: crs(dataset) };
    return {
      name: datasetAssetName(id, dataset.id),
      dataset: dataset.id as string,
      title: name,
      extra: assetExtra(facts),
    };
  });
  return [{ name: ingestAssetName(id), dataset: null, title, extra: assetExtra(whole) }, ...parts];
}

export function buildAsset({ id, build_command }: Product, title: string, inputs: readonly string[]): ManifestAsset {
  const extra = assetExtra({ title, command: build_command, inputs: inputs.join(', ') });
  return { name: buildAssetName(id), dataset: null, title, extra };
}
