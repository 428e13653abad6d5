import type { Declaration, Pattern } from './declaration.ts';
import { type Kind, secret, text, url } from './kinds.ts';
import { AIRFLOW, SET_BY_US } from './variables/airflow.ts';
import { BUILDS, JOBS } from './variables/builds.ts';
import { HELPERS, PLACES, PROGRAM } from './variables/program.ts';
import { LIMITS, SOURCES } from './variables/sources.ts';

/** Every environment variable that the program reads by a name of its own, by what it is about. */
export const SECTIONS = {
  Places: PLACES,
  'The program': PROGRAM,
  'Helping programs': HELPERS,
  Limits: LIMITS,
  Sources: SOURCES,
  Builds: BUILDS,
  Airflow: AIRFLOW,
  Jobs: JOBS,
  'Set by the program': SET_BY_US,
} as const;

export const VARIABLES = {
  ...PLACES,
  ...PROGRAM,
  ...HELPERS,
  ...LIMITS,
  ...SOURCES,
  ...BUILDS,
  ...AIRFLOW,
  ...JOBS,
  ...SET_BY_US,
} as const;

export type VariableName = keyof typeof VARIABLES;
/** What a variable's text stands for; undefined where it is not set and has no default. */
export type ValueOf<N extends VariableName> = (typeof VARIABLES)[N] extends { kind: Kind<infer T> }
  ? (typeof VARIABLES)[N] extends { default: unknown }
    ? T
    : T | undefined
  : never;

/** What begins a name that is ours to explain. */
export const OWN_PREFIX = 'LIFECYCLE_';

/** Variables whose names others choose. */
export const PATTERNS = {
  endpoint: {
    name: 'LIFECYCLE_ENDPOINT_<NAME>',
    matches: /^LIFECYCLE_ENDPOINT_\w+$/,
    kind: url,
    meaning:
      'puts a mirror in the place of a service: `SOCRATA`, `ARCGIS`, `BYTES`, `BYTES_API`, `QPL`, `USCOURTS`, `FOODBANKNY`, `MYSCHOOLS_NYC`, `USPS`',
    usedBy: 'sources',
  },
  connection: {
    name: 'AIRFLOW_CONN_<ID>',
    matches: /^AIRFLOW_CONN_\w+$/,
    kind: secret,
    meaning:
      'an Airflow connection, as a URI or as JSON: `lifecycle_s3`, `lifecycle_socrata`, `lifecycle_axway`, `lifecycle_ginger`, `lifecycle_http_<HOST>`',
    usedBy: 'sources',
  },
  airflow: {
    name: 'AIRFLOW__<SECTION>__<KEY>',
    matches: /^AIRFLOW__\w+$/,
    kind: text,
    meaning: 'any setting of Airflow; it wins over ours, except for addresses and ports',
    usedBy: '`airflow start`',
  },
  recipe: {
    name: 'BUILD_ENV_<NAME>, BUILD_ENGINE_<NAME>',
    matches: /^BUILD_(?:ENV|ENGINE)_\w+$/,
    kind: text,
    meaning: "what a recipe's template may ask for, and build commands get",
    usedBy: '`plan`, `build`',
  },
} as const satisfies Record<string, Pattern>;

export function declarationOf(name: string): Declaration | undefined {
  return Object.hasOwn(VARIABLES, name) ? VARIABLES[name as VariableName] : undefined;
}

export function patternOf(name: string): Pattern | undefined {
  return Object.values<Pattern>(PATTERNS).find(({ matches }) => matches.test(name));
}
