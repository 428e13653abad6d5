import { LifecycleError } from '../../errors.ts';
import type { SourceConnector } from './source.ts';

/** Source types by name; only the module that is asked for is loaded, since every run of a task pays for it. */
const CONNECTORS: Record<string, () => Promise<SourceConnector>> = {
  api: async () => (await import('./api.ts')).connector,
  arcgis_feature_server: async () => (await import('./arcgis-feature-server.ts')).connector,
  axway: async () => (await import('./sftp.ts')).axway,
  bytes: async () => (await import('./bytes.ts')).connector,
  'edm.private': async () => (await import('./edm/datasets.ts')).privateDatasets,
  'edm.publishing.builds': async () => (await import('./edm/product-stage.ts')).builds,
  'edm.publishing.drafts': async () => (await import('./edm/product-stage.ts')).drafts,
  'edm.publishing.gis': async () => (await import('./edm/gis.ts')).connector,
  'edm.publishing.plan': async () => (await import('./edm/product-stage.ts')).plans,
  'edm.publishing.published': async () => (await import('./edm/product-stage.ts')).published,
  'edm.recipes.datasets': async () => (await import('./edm/datasets.ts')).recipesDatasets,
  'edm.recipes.raw_datasets': async () => (await import('./edm/datasets.ts')).recipesRawDatasets,
  file_download: async () => (await import('./file-download.ts')).connector,
  foodbankny: async () => (await import('./scrapers/foodbankny.ts')).connector,
  ginger: async () => (await import('./sftp.ts')).ginger,
  local_file: async () => (await import('./local-file.ts')).connector,
  myschools_nyc: async () => (await import('./scrapers/myschools-nyc.ts')).connector,
  open_data: async () => (await import('./open-data.ts')).connector,
  qpl: async () => (await import('./scrapers/qpl.ts')).connector,
  s3: async () => (await import('./s3.ts')).connector,
  socrata: async () => (await import('./socrata.ts')).connector,
  uscourts: async () => (await import('./scrapers/uscourts.ts')).connector,
  usps_locations: async () => (await import('./scrapers/usps-locations.ts')).connector,
};

export const SOURCE_TYPES: readonly string[] = Object.keys(CONNECTORS).sort();

/** @throws LifecycleError SRC_UNKNOWN_TYPE */
export async function connectorFor(type: string): Promise<SourceConnector> {
  const load = Object.hasOwn(CONNECTORS, type) ? CONNECTORS[type] : undefined;
  if (!load) {
    throw new LifecycleError('SRC_UNKNOWN_TYPE', `there is no source type ${JSON.stringify(type)}`, {
      hint: `the types are ${SOURCE_TYPES.join(', ')}`,
    });
  }
  return load();
}
