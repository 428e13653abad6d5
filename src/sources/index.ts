import { LifecycleError } from '../errors.ts';
import { isSourceType, SOURCE_TYPES, type SourceType, type TellingType } from '../project/vocabulary/sources.ts';
import type { SourceConnector, TellingConnector } from './source.ts';

/** What is declared to tell a version has a connector that does. */
type ConnectorOf<T extends SourceType> = T extends TellingType ? TellingConnector : SourceConnector;

/** Only the module that is asked for is loaded, since every run of a task pays for it. */
export const CONNECTORS: { readonly [T in SourceType]: () => Promise<ConnectorOf<T>> } = {
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

/** @throws LifecycleError SRC_UNKNOWN_TYPE */
export async function connectorFor(type: string): Promise<SourceConnector> {
  if (isSourceType(type)) return CONNECTORS[type]();
  throw new LifecycleError('SRC_UNKNOWN_TYPE', `there is no source type ${JSON.stringify(type)}`, {
    hint: `the types are ${SOURCE_TYPES.join(', ')}`,
  });
}
