/** Words that say nothing about what a dataset is about, and tags that mean something else. */
const COMMON = new Set([
  'broken',
  'build',
  'ingest',
  'recipe',
  'and',
  'for',
  'from',
  'with',
  'the',
  'not',
  'data',
  'dataset',
  'file',
  'list',
  'new',
  'york',
  'city',
  'nyc',
]);
const SHORTEST = 3;
const MOST = 8;

/**
 * Words of names by which people look for a dataset, in small letters: `zoning` and `districts` of `Zoning Districts`.
 * Airflow's search knows beginnings only, so that each of them is a tag.
 */
export function searchWords(...texts: (string | null | undefined)[]): string[] {
  const words = texts.flatMap((text) => (text ?? '').toLowerCase().split(/[^\p{L}\p{N}]+/u));
  const telling = words.filter((word) => word.length >= SHORTEST && /^\p{L}/u.test(word) && !COMMON.has(word));
  return [...new Set(telling)].slice(0, MOST);
}
