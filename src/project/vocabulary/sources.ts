import {
  type ArgumentType,
  anything,
  either,
  integer,
  needed,
  nothing,
  optional,
  type Signature,
  text,
  words,
} from './argument-types.ts';

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
  api: web(),
  arcgis_feature_server: source({
    required: { server: words(...ARCGIS_SERVERS) },
    optional: { layer_name: maybeText, layer_id: maybeInteger, ...idle },
  }),
  axway: source({ optional: { filename: text, sha256: text, md5: text } }),
  bytes: source({ required: { file_id: text }, optional: { site_map: text } }),
  'edm.private': datastore(),
  'edm.publishing.builds': publishing(),
  'edm.publishing.drafts': publishing(),
  'edm.publishing.gis': source(),
  'edm.publishing.plan': publishing(),
  'edm.publishing.published': publishing(),
  'edm.recipes.datasets': datastore(),
  'edm.recipes.raw_datasets': datastore(),
  file_download: web(),
  foodbankny: source(),
  ginger: source({ optional: { filename: text, sha256: text, md5: text } }),
  local_file: source(),
  myschools_nyc: source(),
  open_data: source({ optional: { org: words(...SOCRATA_ORGS), format: words(...SOCRATA_FORMATS) } }),
  qpl: source(),
  s3: source({ required: { bucket: text }, optional: { filename: text, sha256: text, md5: text } }),
  socrata: source({
    required: { org: words(...SOCRATA_ORGS), format: words(...SOCRATA_FORMATS) },
    optional: { crs: anything },
  }),
  uscourts: source(),
  usps_locations: source({ optional: { pause_seconds: anything } }),
};

function source(types: { required?: Types; optional?: Types } = {}): Signature {
  const all = [
    ...Object.entries(types.required ?? {}).map(([name, type]) => [name, needed(type)] as const),
    ...Object.entries(types.optional ?? {}).map(([name, type]) => [name, optional(type)] as const),
  ];
  return { arguments: Object.fromEntries(all), others: 'ignore' };
}

type Types = Readonly<Record<string, ArgumentType>>;

/** `format` tells what an API answers with; nothing depends on it. */
function web(): Signature {
  return source({ optional: { filename: maybeText, format: maybeText, sha256: text, md5: text } });
}

function datastore(): Signature {
  return source({ optional: { filename: text, filepath: text, file_type: text } });
}

function publishing(): Signature {
  return source({ optional: { filepath: text, source_path: text, dataset: text } });
}
