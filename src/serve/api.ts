import { z } from 'zod';

/**
 * What the page asks and is answered, as zod schemas: the server checks with them, its OpenAPI document is made from
 * them, and the page takes its types from here. Names that hold data are those of the store's records.
 *
 * The routes, below wherever the server is mounted:
 *
 * - GET  api/session?dag= → Session: who asks, and what they may do
 * - GET  api/assets → AssetList
 * - GET  api/assets/:kind/:id → AssetDetail
 * - GET  api/assets/:kind/:id/versions/:key → VersionDetail
 * - GET  api/assets/builds/:id/readiness?key= → Readiness
 * - GET  api/lineage/:kind/:id → Lineage
 * - GET  api/rows?RowsQuery → Rows
 * - GET  api/profile?ref= → the document of `lifecycle profile --json`
 * - GET  api/diff?a=&b= → the document of `lifecycle diff --json`
 * - GET  api/diff/tiles?a=&b=&table= → ChangesExtent: what the changed rows cover
 * - GET  api/diff/tiles/:z/:x/:y?a=&b=&table= → as below; each feature has its `kind`: `added`, `changed` (with its row and
 *   shape in `b`, the later) or `removed` (in `a`)
 * - GET  api/tiles?ref= → Extent: what the table covers
 * - GET  api/tiles/:z/:x/:y?ref= → application/vnd.mapbox-vector-tile, layers `features` and `small`; a feature's id is its row
 * - GET  api/files/:kind/:id/:key/*path → the file itself
 * - POST api/assets/ingest/:id/latest {version} → {from, to}
 * - POST api/assets/ingest/:id/versions/:key/release {reason} → Released
 * - DELETE api/assets/:kind/:id/versions/:key → 204; 409 where a lock needs it
 */

/** `ingest` for templates, `builds` for products: the two folders of the store. */
export const Kind = z.enum(['ingest', 'builds']);
/** A version of a template, or a partition key of a product. */
const Key = z.string().min(1).max(100);
const Id = z.string().min(1).max(200);
const IsoTime = z.string();

/** An asset by the name that it has here; a template and a product may have the same id. */
export const AssetName = z.object({ kind: Kind, id: Id });

/** Who asks, so that a page offers nothing that would be refused. In Airflow its auth manager says so, else nobody is asked. */
export const Session = z.object({
  /** The name at Airflow, or on this machine. */
  person: z.string(),
  /** Whether runs are started through Airflow's REST API. */
  airflow: z.boolean(),
  may: z.object({
    /** Make latest, release. */
    change: z.boolean(),
    remove: z.boolean(),
    /** Start runs: of the DAG that was asked about, else of DAGs in general. Without Airflow there are none. */
    start: z.boolean(),
  }),
});

/**
 * - `published`: stands, complete; `partial`: a build that has not finished all of its stages
 * - `quarantined`: kept because a check failed, taken by nobody
 * - `running`: somebody holds its claim now; `failed`: somebody held it and is gone, or Airflow says so
 * - `missing`: expected, and not there
 * - `unreadable`: stands, and its record cannot be read
 */
export const VersionState = z.enum([
  'published',
  'partial',
  'quarantined',
  'running',
  'failed',
  'missing',
  'unreadable',
]);

/** What a list or a strip shows of one version. */
export const VersionSummary = z.object({
  key: Key,
  state: VersionState,
  created: IsoTime.nullable(),
  rows: z.number().nullable(),
  /** Against the version before; null where nobody compared. */
  rows_before: z.number().nullable(),
  bytes: z.number().nullable(),
  /** Seconds that making it took. */
  seconds: z.number().nullable(),
  is_latest: z.boolean(),
  /** Sentences that a person should read before using it. */
  warnings: z.array(z.string()),
  /** Made by an older definition or other code: what differs. Of the newest versions only, and once it was looked at. */
  stale: z.array(z.string()),
  /** The run of Airflow that makes it, or has failed to. */
  run: z.object({ dag_id: z.string(), dag_run_id: z.string() }).nullable(),
});

export const AssetState = z.enum(['never', 'fresh', 'stale', 'failed', 'running', 'quarantined', 'broken']);

/** A row of the list of all assets. */
export const AssetRow = z.object({
  kind: Kind,
  id: Id,
  /** The template's or recipe's own name; the id where it has none. */
  title: z.string(),
  description: z.string().nullable(),
  /** Airflow's names, for links and for its REST API. */
  dag_id: z.string(),
  asset: z.string(),
  source: z.string().nullable(),
  formats: z.array(z.string()),
  tags: z.array(z.string()),
  /** Products that are built from it. */
  products: z.array(Id),
  state: AssetState,
  /** Why it is broken, or what failed. */
  reason: z.string().nullable(),
  versions: z.number(),
  newest: VersionSummary.nullable(),
  /** The last versions, the newest first, at most 20, with expected ones that are missing. */
  strip: z.array(VersionSummary.pick({ key: true, state: true })),
});

export const AssetList = z.object({
  project: z.string(),
  /** Whether the page runs inside Airflow, whose REST API then materializes. */
  airflow: z.boolean(),
  /** False while records are still read for the first time, or again: what is known is told, more comes. */
  complete: z.boolean(),
  assets: z.array(AssetRow),
});

/** One field of the form before a run, as Airflow's own dialog shows it (`src/airflow/form.ts`). */
export const FormField = z.object({ name: z.string(), value: z.unknown(), schema: z.record(z.string(), z.unknown()) });

export const Finding = z.object({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  /** `file:line:column`, relative to the project. */
  place: z.string().nullable(),
});

export const AssetDetail = AssetRow.extend({
  /** Relative to the project. */
  file: z.string().nullable(),
  /** The YAML of the template or recipe; secrets masked. */
  text: z.string().nullable(),
  findings: z.array(Finding),
  form: z.array(FormField),
  /** Whether the source tells a version by itself, so that none need be given. */
  tells_version: z.boolean(),
  all_versions: z.array(VersionSummary),
  /** Names of assets that it is made from, and that are made from it. */
  upstream: z.array(AssetName),
  downstream: z.array(AssetName),
});

export const FileFact = z.object({ path: z.string(), bytes: z.number(), sha256: z.string() });

/** One table of a version: a dataset of a template, or a Parquet output of a build. */
export const Table = z.object({
  /** What other answers are asked by: `id@version`, `builds.product@key.output`. */
  ref: z.string(),
  name: z.string(),
  path: z.string(),
  rows: z.number(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), description: z.string().nullable() })),
  crs: z.string().nullable(),
  geometry_column: z.string().nullable(),
  geometry_types: z.array(z.string()),
  /** xmin, ymin, xmax, ymax in units of the CRS. */
  bbox: z.array(z.number()).nullable(),
});

/** A stage of a version or build, or a step of its template. */
export const Step = z.object({
  name: z.string(),
  /** The stage that a step is a part of; null for a stage. */
  within: z.string().nullable(),
  dataset: z.string().nullable(),
  /** Null where nobody counted. */
  rows_before: z.number().nullable(),
  rows_after: z.number().nullable(),
  /** Of a step what it took by itself. Most become one statement, which runs once: that time is the stage `write`. */
  seconds: z.number().nullable(),
});

export const CheckResult = z.object({
  name: z.string(),
  outcome: z.enum(['passed', 'warned', 'failed']),
  message: z.string(),
  rows_failing: z.number().nullable(),
});

export const Provenance = z.object({
  /** `record.json` without what has a field of its own; for reading, not for programs. */
  record: z.record(z.string(), z.unknown()),
  inputs: z.array(
    z.object({
      id: Id,
      /** Which has it: it may be one dataset of a template; null where nothing of the project is named so. */
      asset: AssetName.nullable(),
      version: Key.nullable(),
      sha256: z.string().nullable(),
      why: z.string().nullable(),
    }),
  ),
  /** Builds that took this version. */
  used_by: z.array(z.object({ id: Id, key: Key })),
  /** The command that makes it again. */
  command: z.string(),
});

export const VersionDetail = VersionSummary.extend({
  kind: Kind,
  id: Id,
  tables: z.array(Table),
  files: z.array(FileFact),
  steps: z.array(Step),
  checks: z.array(CheckResult),
  provenance: Provenance,
  /** Of a build: the last lines of its log. */
  log: z.string().nullable(),
});

export const RowsQuery = z.object({
  ref: z.string(),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  /** `column` or `-column`. */
  sort: z.string().optional(),
  /** JSON: `[{"column": "a", "op": "contains", "value": "x"}]`, all of which hold. */
  filter: z.string().optional(),
});
export const Filter = z.object({
  column: z.string(),
  op: z.enum(['=', '!=', '<', '<=', '>', '>=', 'contains', 'is null', 'is not null']),
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
});
export const Rows = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  /** Values by position; geometry as short WKT; numbers beyond 2^53 as text. */
  rows: z.array(z.array(z.unknown())),
  /** Rows that the filter lets through. */
  total: z.number(),
});

/** What an input of the next build looks like; as `lifecycle plan --dry-run` tells it. */
export const Readiness = z.object({
  version: z.string(),
  version_reason: z.string(),
  ready: z.boolean(),
  rows: z.array(
    z.object({
      id: Id,
      /** Which makes it: it may be one dataset of a template; null where nothing of the project is named so. */
      asset: AssetName.nullable(),
      version: z.string().nullable(),
      age: z.number().nullable(),
      state: z.enum(['ready', 'missing', 'stale', 'failed', 'running', 'refused', 'remote', 'unreachable']),
      reason: z.string(),
      command: z.string().nullable(),
      /** What a run of the template's DAG would be given to mend it. */
      run: z.object({ dag_id: z.string(), version: z.string().nullable() }).nullable(),
    }),
  ),
  /** One run of the product's DAG that first makes what is missing; null for a product whose definition is broken. */
  build: z
    .object({
      dag_id: z.string(),
      partition_key: z.string(),
      /** The values of the form. */
      conf: z.object({ make_missing: z.boolean() }),
      /** The same without Airflow. */
      command: z.string(),
      /** What it would make before, or wait for; without a version its source knows which. */
      makes: z.array(z.object({ id: Id, version: Key.nullable() })),
      /** Inputs that no template here makes; a source that the plan asks may have them. */
      blocked_by: z.array(Id),
    })
    .nullable(),
});

export const Lineage = z.object({
  nodes: z.array(z.object({ kind: Kind, id: Id, title: z.string(), newest: Key.nullable(), state: AssetState })),
  /** Ends are named `kind/id`. */
  edges: z.array(z.object({ from: z.string(), to: z.string(), version: Key.nullable() })),
});

/** Every refusal: as the command line says it. */
export const Problem = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
});

/** A tile: zoom level, column from the west, row from the north. */
export const Area = z.object({ z: z.coerce.number(), x: z.coerce.number(), y: z.coerce.number() });
/** The corners of what a map shows, in degrees. */
export const Extent = z.object({ west: z.number(), south: z.number(), east: z.number(), north: z.number() });
/** Null where no row with a shape has changed. */
export const ChangesExtent = z.object({ extent: Extent.nullable() });
/** What `latest` named before, and what it names now. */
export const LatestMoved = z.object({ from: Key.nullable(), to: Key });
export const LatestWanted = z.object({ version: Key });
/** Why a version that failed a check may be used all the same. */
export const ReleaseWanted = z.object({ reason: z.string().trim().min(1).max(1_000) });
export const Released = z.object({
  /** What its record keeps of it. */
  released: z.object({ at: IsoTime, by: z.string(), reason: z.string() }),
  /** False where it had been released before, which stays as it was. */
  is_new: z.boolean(),
  latest: LatestMoved,
});

export type Kind = z.infer<typeof Kind>;
export type AssetName = z.infer<typeof AssetName>;
export type Session = z.infer<typeof Session>;
export type VersionState = z.infer<typeof VersionState>;
export type VersionSummary = z.infer<typeof VersionSummary>;
export type AssetRow = z.infer<typeof AssetRow>;
export type AssetList = z.infer<typeof AssetList>;
export type AssetDetail = z.infer<typeof AssetDetail>;
export type Table = z.infer<typeof Table>;
export type VersionDetail = z.infer<typeof VersionDetail>;
export type Filter = z.infer<typeof Filter>;
export type Rows = z.infer<typeof Rows>;
export type Readiness = z.infer<typeof Readiness>;
export type Lineage = z.infer<typeof Lineage>;
export type Extent = z.infer<typeof Extent>;
export type ChangesExtent = z.infer<typeof ChangesExtent>;
export type Released = z.infer<typeof Released>;
export type Problem = z.infer<typeof Problem>;
