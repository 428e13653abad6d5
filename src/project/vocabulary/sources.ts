import { anything, defaulting, either, integer, needed, nothing, optional, text, words } from './argument-types.ts';
import { type SourceDeclaration, source } from './source.ts';

/** Names of portals and servers that a source may give; where they are is known to the connectors. */
export const SOCRATA_ORGS = ['nyc', 'nys', 'nys_health'] as const;
export const SOCRATA_FORMATS = ['csv', 'geojson', 'shapefile'] as const;
export const ARCGIS_SERVERS = ['dcp', 'nps', 'nyc_maphub', 'nys_clearinghouse', 'nys_parks', 'us_fws'] as const;

const maybeText = either(text, nothing);
const IDLE = 'without effect';
const filename = optional(text, 'how the raw file is to be called');
const checksums = {
  sha256: optional(text, 'what the file must have, in hexadecimal digits'),
  md5: optional(text, 'the same'),
};
const inArchive = {
  filename: optional(text, 'the file in the folder of the version'),
  filepath: optional(text, 'the same under another name'),
};
const web = {
  filename: optional(maybeText, 'how the raw file is to be called'),
  format: optional(maybeText, IDLE),
  ...checksums,
};
const published = {
  filepath: optional(text, 'the file in the folder of the version; needed, here or as `source_path`'),
  source_path: optional(text, 'the same under another name'),
  dataset: optional(text, 'a folder between the version and the file'),
};
const LAST_OF_URL = "the last part of the URL's path";
const LAST_OF_KEY = 'the last part of the key';
const LAST_OF_FILEPATH = 'the last part of `filepath`';
const GREATEST_FOLDER = 'the greatest folder but `latest`';
const sftpServer = {
  key: 'the path on the server',
  arguments: { filename, ...checksums },
  rawFile: LAST_OF_KEY,
  version: null,
};
const page = { key: 'anything, such as an empty text', arguments: {}, version: null };

/** Every type of source, with what it takes besides `type` and its key. */
export const SOURCES = {
  api: source({
    says: 'The answer of a web service, as it is',
    key: 'the URL',
    arguments: web,
    rawFile: LAST_OF_URL,
    version: null,
    example: `type: api\nendpoint: https://example.org/locations/v1/map`,
  }),
  arcgis_feature_server: source({
    says: 'All features of one layer of an ArcGIS service, as GeoJSON',
    key: 'the name of the service',
    arguments: {
      server: needed(words(...ARCGIS_SERVERS)),
      layer_name: optional(maybeText, 'which layer; the only one unless given'),
      layer_id: optional(either(integer, nothing), 'the same by its number'),
      crs: defaulting(anything, 'EPSG:4326', 'what the coordinates are asked for in'),
      format: optional(anything, IDLE),
    },
    rawFile: '`{layer}.geojson`',
    version: 'the day in New York of `editingInfo.dataLastEditDate`',
    example: `type: arcgis_feature_server\nserver: dcp\ndataset: LiMWA\nlayer_name: LiMWA`,
  }),
  axway: source({
    says: "A file of the city's SFTP server",
    ...sftpServer,
    example: `type: axway\nkey: "FromDOF (sender@example.org)/PTS_Propmast.gz"`,
  }),
  bytes: source({
    says: "A file of the department's download site, found by the site map",
    key: '`product` or `product.dataset`',
    arguments: {
      file_id: needed(text, 'which of the files of the dataset'),
      site_map: defaulting(text, 'dcpy/connectors/edm/bytes/site_map.json', 'the map, in the project'),
    },
    rawFile: "the file's name on the site",
    version: '“Latest Release:” of the page',
    example: `type: bytes\nkey: lion.atomic_polygons\nfile_id: shapefile`,
  }),
  'edm.private': source({
    says: '`s3://edm-private/datasets/{key}/{version}/{filepath}`',
    key: 'the id of the dataset',
    arguments: { ...inArchive, file_type: defaulting(text, 'parquet', 'names the file where nothing else does') },
    rawFile: LAST_OF_FILEPATH,
    version: 'the greatest folder',
    example: `type: edm.private\nkey: doe_universalprek\nfilepath: sites.xlsx`,
  }),
  'edm.publishing.builds': source({
    says: '`s3://edm-publishing/db-{product}/build/{version}/{filepath}`',
    key: 'the product',
    arguments: published,
    rawFile: LAST_OF_FILEPATH,
    version: null,
    example: `type: edm.publishing.builds\nproduct: pluto\nfilepath: pluto.csv`,
  }),
  'edm.publishing.drafts': source({
    says: '`s3://edm-publishing/db-{product}/draft/{version}/{revision}/{dataset}/{filepath}`',
    key: 'the product',
    arguments: published,
    rawFile: LAST_OF_FILEPATH,
    version: 'the greatest `VERSION.REVISION`',
    example: `type: edm.publishing.drafts\nkey: pluto\ndataset: pluto\nfilepath: pluto.csv`,
  }),
  'edm.publishing.gis': source({
    says: '`s3://edm-publishing/datasets/{key}/{version}/{key}.zip`',
    key: 'the name of the dataset',
    arguments: {},
    rawFile: '`{key}.zip`',
    version: 'the greatest folder of the form `24A`, or of the form `20240101`',
    example: `type: edm.publishing.gis\nname: dcp_address_points`,
  }),
  'edm.publishing.plan': source({
    says: '`s3://edm-publishing/db-{product}/plan/{version}/{filepath}`',
    key: 'the product',
    arguments: published,
    rawFile: LAST_OF_FILEPATH,
    version: GREATEST_FOLDER,
    example: `type: edm.publishing.plan\nproduct: pluto\nfilepath: recipe.lock.yml`,
  }),
  'edm.publishing.published': source({
    says: '`s3://edm-publishing/db-{product}/publish/{version}/{filepath}`',
    key: 'the product',
    arguments: published,
    rawFile: LAST_OF_FILEPATH,
    version: GREATEST_FOLDER,
    example: `type: edm.publishing.published\nproduct: db-zoningtaxlots\nfilepath: zoningtaxlot_db.csv`,
  }),
  'edm.recipes.datasets': source({
    says: "A dataset of the project's own store, else `s3://edm-recipes/datasets/{key}/{version}/{key}.parquet`",
    key: 'the id of the dataset',
    arguments: { ...inArchive, file_type: defaulting(text, 'parquet', 'in place of the name of the file') },
    rawFile: '`{key}.parquet`',
    version: 'the newest here, else that of `latest/config.json`',
    example: `type: edm.recipes.datasets\nkey: bpl_libraries`,
  }),
  'edm.recipes.raw_datasets': source({
    says: '`s3://edm-recipes/raw/{key}/{version}/{filename}`',
    key: 'the id of the dataset',
    arguments: { ...inArchive, file_type: defaulting(text, 'parquet', 'names the file where nothing else does') },
    rawFile: '`{key}.parquet`',
    version: 'that of `latest/config.json`',
    example: `type: edm.recipes.raw_datasets\nkey: bpl_libraries\nfilename: map`,
  }),
  file_download: source({
    says: 'A file of the web',
    key: 'the URL',
    arguments: web,
    rawFile: LAST_OF_URL,
    version: null,
    example: `type: file_download\nurl: https://example.org/files/boundaries_{{ version }}.zip`,
  }),
  foodbankny: source({
    says: 'The agencies on the map of the Food Bank For New York City',
    ...page,
    rawFile: '`customsearch_agency_map_data.csv`',
    example: `type: foodbankny\nkey: ""`,
  }),
  ginger: source({
    says: "A file of the department's SFTP server",
    ...sftpServer,
    example: `type: ginger\nkey: inbox/parcels.zip`,
  }),
  local_file: source({
    says: 'A file on this machine; a relative path must stay inside the project, symbolic links included',
    key: "the path, relative to the project's root or absolute",
    arguments: {},
    rawFile: "the file's name",
    version: null,
    example: `type: local_file\npath: data/requests.csv`,
  }),
  myschools_nyc: source({
    says: 'The schools of myschools.nyc',
    key: '`prek`',
    arguments: {},
    rawFile: '`myschools_nyc_prek.json`',
    version: null,
    example: `type: myschools_nyc\nkey: prek`,
  }),
  open_data: source({
    says: "As `socrata`, the city's portal and CSV unless said otherwise",
    key: 'the id of the dataset (`w7w3-xahh`)',
    arguments: { org: defaulting(words(...SOCRATA_ORGS), 'nyc'), format: defaulting(words(...SOCRATA_FORMATS), 'csv') },
    rawFile: '`{key}.csv`, `.geojson` or `.shp.zip`',
    version: 'the day in New York of `rowsUpdatedAt`',
    example: `type: open_data\nuid: w7w3-xahh`,
  }),
  qpl: source({
    says: 'The branches of the Queens Public Library',
    ...page,
    rawFile: '`qpl_libraries.csv`',
    example: `type: qpl\nkey: ""`,
  }),
  s3: source({
    says: 'An object of a bucket',
    key: 'the key of the object',
    arguments: { bucket: needed(text), filename, ...checksums },
    rawFile: LAST_OF_KEY,
    version: null,
    example: `type: s3\nbucket: edm-recipes\nkey: "inbox/dot/{{ version }}/Municipal_Parking.zip"`,
  }),
  socrata: source({
    says: 'A dataset of a Socrata portal, as one of the exports that the portal makes of it',
    key: 'the id of the dataset (`w7w3-xahh`)',
    arguments: {
      org: needed(words(...SOCRATA_ORGS)),
      format: needed(words(...SOCRATA_FORMATS)),
      crs: optional(anything, IDLE),
    },
    rawFile: '`{key}.csv`, `.geojson` or `.shp.zip`',
    version: 'the day in New York of `rowsUpdatedAt`',
    example: `type: socrata\norg: nyc\nuid: 48va-85tp\nformat: shapefile`,
  }),
  uscourts: source({
    says: 'The courts in New York City that uscourts.gov lists',
    ...page,
    rawFile: '`uscourts_nyc_courts.csv`',
    example: `type: uscourts\nkey: ""`,
  }),
  usps_locations: source({
    says: 'The post offices of the city',
    ...page,
    arguments: { pause_seconds: defaulting(anything, 3, 'between two queries') },
    rawFile: '`usps_locations.json`',
    example: `type: usps_locations\nkey: ""`,
  }),
} as const satisfies Readonly<Record<string, SourceDeclaration>>;

export type SourceType = keyof typeof SOURCES;
export const SOURCE_TYPES = Object.keys(SOURCES) as readonly SourceType[];

export function isSourceType(type: string): type is SourceType {
  return Object.hasOwn(SOURCES, type);
}

/** Types whose connectors tell a version, known without loading one. */
export type TellingType = { [T in SourceType]: (typeof SOURCES)[T]['version'] extends null ? never : T }[SourceType];
export const SOURCES_THAT_TELL_VERSIONS: ReadonlySet<string> = new Set(
  SOURCE_TYPES.filter((type) => SOURCES[type].version !== null),
);
