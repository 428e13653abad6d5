import {
  anything,
  either,
  integer,
  nothing,
  type Signature,
  signature,
  text,
  words,
} from '../../project/argument-fields.ts';

/** Names of portals and servers that a source may give; where they are is known to the connectors. */
export const SOCRATA_ORGS = ['nyc', 'nys', 'nys_health'] as const;
export const SOCRATA_FORMATS = ['csv', 'geojson', 'shapefile'] as const;
export const ARCGIS_SERVERS = ['dcp', 'nps', 'nyc_maphub', 'nys_clearinghouse', 'nys_parks', 'us_fws'] as const;

const maybeText = either(text, nothing);
const maybeInteger = either(integer, nothing);
/** What does nothing here, but stands in many templates. */
const idle = { crs: anything, format: anything };

/**
 * What each source type takes besides `type` and its key. The department's engine passes everything else on and ignores
 * it, so an unknown argument is a warning.
 */
export const SOURCE_SIGNATURES: Readonly<Record<string, Signature>> = {
  api: signature({ optional: { filename: maybeText, format: maybeText }, others: 'ignore' }),
  arcgis_feature_server: signature({
    required: { server: words(...ARCGIS_SERVERS) },
    optional: { layer_name: maybeText, layer_id: maybeInteger, ...idle },
    others: 'ignore',
  }),
  axway: signature({ others: 'ignore' }),
  bytes: signature({ optional: { file_id: text }, others: 'ignore' }),
  'edm.private': datastore(),
  'edm.publishing.builds': publishing(),
  'edm.publishing.drafts': publishing(),
  'edm.publishing.gis': signature({ others: 'ignore' }),
  'edm.publishing.plan': publishing(),
  'edm.publishing.published': publishing(),
  'edm.recipes.datasets': datastore(),
  'edm.recipes.raw_datasets': datastore(),
  file_download: signature({ optional: { filename: maybeText, format: maybeText }, others: 'ignore' }),
  foodbankny: signature({ others: 'ignore' }),
  ginger: signature({ others: 'ignore' }),
  local_file: signature({ others: 'ignore' }),
  myschools_nyc: signature({ others: 'ignore' }),
  open_data: signature({ others: 'ignore' }),
  qpl: signature({ others: 'ignore' }),
  s3: signature({ optional: { bucket: maybeText }, others: 'ignore' }),
  socrata: signature({
    required: { org: words(...SOCRATA_ORGS), format: words(...SOCRATA_FORMATS) },
    optional: { crs: anything },
    others: 'ignore',
  }),
  uscourts: signature({ others: 'ignore' }),
  usps_locations: signature({ others: 'ignore' }),
};

function datastore(): Signature {
  return signature({ optional: { filename: text, file_type: text }, others: 'ignore' });
}

function publishing(): Signature {
  return signature({ optional: { filepath: text, source_path: text, build: text, dataset: text }, others: 'ignore' });
}
