import { LifecycleError } from './errors.ts';

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** The id of an ingest template: the name of its file without `.yml`. */
export type TemplateId = Branded<string, 'TemplateId'>;
/** The id of one dataset that a template makes; for a one-to-one template the template's own `id`. */
export type DatasetId = Branded<string, 'DatasetId'>;
/** The id of a product in products.yml; may hold spaces and dashes. */
export type ProductId = Branded<string, 'ProductId'>;
/** A source that recipes name, such as `edm.recipes.datasets`. */
export type SourceName = Branded<string, 'SourceName'>;
/** A version of an ingested dataset: the name of its directory, the record's version, the partition key. */
export type Version = Branded<string, 'Version'>;
/** The partition key of a build; same alphabet as a version. */
export type PartitionKey = Branded<string, 'PartitionKey'>;

const MAX_VERSION_LENGTH = 100;
/** File systems count bytes, 255 to a name; the longest that is made of a version is `.VERSION.replaced`. */
const MAX_VERSION_BYTES = 255 - '.'.length - '.replaced'.length;
/**
 * The alphabet of versions and partition keys for Airflow's form and timetable: written so that Python's `re` and
 * JavaScript read it alike, which leaves `\\p{L}` out. It lets a few characters through that the parsers below refuse
 * (symbols outside the common blocks), and refuses nothing that they take.
 */
export const VERSION_PATTERN =
  // A pointer, a path, a name that ends with a dot, or one of the device names that Windows reserves.
  '^(?![lL][aA][tT][eE][sS][tT]$)(?!.*\\.\\.)(?!.*\\.$)(?!(?:[cC][oO][nN]|[pP][rR][nN]|[aA][uU][xX]|[nN][uU][lL]|[cC][oO][mM][0-9]|[lL][pP][tT][0-9])(?:\\.|$))' +
  '[^\\x00-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\xa9\\xab-\\xb1\\xb4\\xb6-\\xb8\\xbb\\xbf\\xd7\\xf7\\u0300-\\u036f\\u2000-\\u206f\\u2190-\\u23ff]' +
  '[^\\x00-\\x2a\\x2c\\x2f\\x3b-\\x40\\x5b-\\x5e\\x60\\x7b-\\xa9\\xab-\\xb1\\xb4\\xb6-\\xb8\\xbb\\xbf\\xd7\\xf7\\u0300-\\u036f\\u2000-\\u206f\\u2190-\\u23ff]{0,99}$';
/** Device names that Windows reserves, with or without an extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

function reasonAgainst(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text !== text.normalize('NFC')) return 'it is not in Unicode NFC form';
  if ([...text].length > MAX_VERSION_LENGTH) return `it is longer than ${MAX_VERSION_LENGTH} characters`;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_VERSION_BYTES) return `it takes ${bytes} bytes, and a file system takes ${MAX_VERSION_BYTES}`;
  // In any case: some machines cannot tell them apart.
  if (text.toLowerCase() === 'latest') return '`latest` is a pointer, not a version';
  if (text.includes('..')) return 'it holds `..`';
  if (!/^[\p{L}\p{N}]/u.test(text)) return 'it does not begin with a letter or digit';
  const bad = /[^\p{L}\p{N}._+:-]/u.exec(text);
  if (bad) return `it holds ${JSON.stringify(bad[0])}`;
  if (text.endsWith('.')) return 'it ends with a dot';
  if (RESERVED.test(text)) return 'it is a reserved device name';
  return undefined;
}

function parseName<T>(text: string, noun: string): T {
  const reason = reasonAgainst(text);
  if (reason !== undefined) {
    throw new LifecycleError('LIF_BAD_VERSION', `${JSON.stringify(text.slice(0, 120))} is no ${noun}: ${reason}`, {
      hint: 'use 1 to 100 letters, digits and . _ - + : beginning with a letter or digit, such as 2024a or 26v1:main',
    });
  }
  return text as T;
}

/** @throws LifecycleError LIF_BAD_VERSION */
export function parseVersion(text: string): Version {
  return parseName<Version>(text, 'version');
}

/** @throws LifecycleError LIF_BAD_VERSION */
export function parsePartitionKey(text: string): PartitionKey {
  return parseName<PartitionKey>(text, 'partition key');
}

export function isVersion(text: string): boolean {
  return reasonAgainst(text) === undefined;
}

export function isPartitionKey(text: string): boolean {
  return reasonAgainst(text) === undefined;
}

/** Ids of templates and datasets are file and directory names: word characters, dot and dash, no leading dot or dash. */
const DATASET_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
/** Product ids may also hold inner spaces. */
const PRODUCT_ID = /^[A-Za-z0-9_](?:[A-Za-z0-9_. -]{0,198}[A-Za-z0-9_.-])?$/;

export function templateIdFrom(text: string): TemplateId | undefined {
  return DATASET_ID.test(text) && !text.includes('..') ? (text as TemplateId) : undefined;
}

export function datasetIdFrom(text: string): DatasetId | undefined {
  return DATASET_ID.test(text) && !text.includes('..') ? (text as DatasetId) : undefined;
}

export function productIdFrom(text: string): ProductId | undefined {
  return PRODUCT_ID.test(text) && !text.includes('..') ? (text as ProductId) : undefined;
}

/** Names of sources are words of lower case and digits, with `_` inside and points between. */
const SOURCE_NAME = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/;

export function sourceNameFrom(text: string): SourceName | undefined {
  return SOURCE_NAME.test(text) && text.length <= 100 ? (text as SourceName) : undefined;
}

/** A DAG id: everything that Airflow does not allow in one becomes `_`. */
export function dagIdFor(kind: 'ingest' | 'build', id: string): string {
  return `${kind}_${id.replace(/[^A-Za-z0-9_.-]/g, '_')}`;
}

/** What file systems make of a name that take letters of both cases, or the two forms of accents, for the same. */
export function folded(name: string): string {
  return name.normalize('NFC').toUpperCase().normalize('NFC');
}
