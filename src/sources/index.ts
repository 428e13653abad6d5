import { LifecycleError } from '../errors.ts';
import type { SourceConnector } from './source.ts';

interface SourceType {
  /** Only the module that is asked for is loaded, since every run of a task pays for it. */
  load: () => Promise<SourceConnector>;
  tellsVersion?: true;
}

const TYPES: Readonly<Record<string, SourceType>> = {
  api: { load: async () => (await import('./api.ts')).connector },
  arcgis_feature_server: {
    load: async () => (await import('./arcgis-feature-server.ts')).connector,
    tellsVersion: true,
  },
  axway: { load: async () => (await import('./sftp.ts')).axway },
  bytes: { load: async () => (await import('./bytes.ts')).connector, tellsVersion: true },
  'edm.private': { load: async () => (await import('./edm/datasets.ts')).privateDatasets, tellsVersion: true },
  'edm.publishing.builds': { load: async () => (await import('./edm/product-stage.ts')).builds },
  'edm.publishing.drafts': { load: async () => (await import('./edm/product-stage.ts')).drafts, tellsVersion: true },
  'edm.publishing.gis': { load: async () => (await import('./edm/gis.ts')).connector, tellsVersion: true },
  'edm.publishing.plan': { load: async () => (await import('./edm/product-stage.ts')).plans, tellsVersion: true },
  'edm.publishing.published': {
    load: async () => (await import('./edm/product-stage.ts')).published,
    tellsVersion: true,
  },
  'edm.recipes.datasets': { load: async () => (await import('./edm/datasets.ts')).recipesDatasets, tellsVersion: true },
  'edm.recipes.raw_datasets': {
    load: async () => (await import('./edm/datasets.ts')).recipesRawDatasets,
    tellsVersion: true,
  },
  file_download: { load: async () => (await import('./file-download.ts')).connector },
  foodbankny: { load: async () => (await import('./scrapers/foodbankny.ts')).connector },
  ginger: { load: async () => (await import('./sftp.ts')).ginger },
  local_file: { load: async () => (await import('./local-file.ts')).connector },
  myschools_nyc: { load: async () => (await import('./scrapers/myschools-nyc.ts')).connector },
  open_data: { load: async () => (await import('./open-data.ts')).connector, tellsVersion: true },
  qpl: { load: async () => (await import('./scrapers/qpl.ts')).connector },
  s3: { load: async () => (await import('./s3.ts')).connector },
  socrata: { load: async () => (await import('./socrata.ts')).connector, tellsVersion: true },
  uscourts: { load: async () => (await import('./scrapers/uscourts.ts')).connector },
  usps_locations: { load: async () => (await import('./scrapers/usps-locations.ts')).connector },
};

export const SOURCE_TYPES: readonly string[] = Object.keys(TYPES);

/** Types whose connectors have `latestVersion`, known without loading one. */
export const SOURCES_THAT_TELL_VERSIONS: ReadonlySet<string> = new Set(
  SOURCE_TYPES.filter((type) => TYPES[type]?.tellsVersion),
);

/** @throws LifecycleError SRC_UNKNOWN_TYPE */
export async function connectorFor(type: string): Promise<SourceConnector> {
  const found = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (!found) {
    throw new LifecycleError('SRC_UNKNOWN_TYPE', `there is no source type ${JSON.stringify(type)}`, {
      hint: `the types are ${SOURCE_TYPES.join(', ')}`,
    });
  }
  return found.load();
}
