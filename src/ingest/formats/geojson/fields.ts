/**
 * Puts the keys of all features into one order, as GDAL orders the fields of a layer: each feature's keys say which
 * comes before which (what contradicts an earlier feature is left out), and the keys are taken breadth first.
 *
 * @param keyLists the distinct lists of keys, in order of first appearance
 */
export function mergeKeyOrders(keyLists: readonly (readonly string[])[]): string[] {
  const [only] = keyLists;
  if (keyLists.length === 1) return [...only!];
  const after = new Map<string, Set<string>>();
  for (const keys of keyLists) {
    let previous: string | undefined;
    for (const key of keys) {
      if (!after.has(key)) after.set(key, new Set());
      if (previous !== undefined && !leadsTo(after, key, previous)) after.get(previous)!.add(key);
      previous = key;
    }
  }
  const waitsFor = new Map([...after.keys()].map((key) => [key, 0]));
  for (const followers of after.values()) for (const key of followers) waitsFor.set(key, waitsFor.get(key)! + 1);
  const order = [...after.keys()].filter((key) => waitsFor.get(key) === 0);
  for (const key of order) {
    for (const follower of after.get(key)!) {
      const left = waitsFor.get(follower)! - 1;
      waitsFor.set(follower, left);
      if (left === 0) order.push(follower);
    }
  }
  return order;
}

/** Whether a chain of followers goes from one key to another. */
function leadsTo(after: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const open = [from];
  const seen = new Set(open);
  for (const key of open) {
    if (key === to) return true;
    for (const follower of after.get(key) ?? []) {
      if (seen.has(follower)) continue;
      seen.add(follower);
      open.push(follower);
    }
  }
  return false;
}

/** What is known of one property over all features. */
export interface PropertyFacts {
  /** DuckDB's json_type of its values, nulls left out. */
  kinds: ReadonlySet<string>;
  hasNulls: boolean;
  /** Whether every whole number fits 32 bits. */
  fitsInt32: boolean;
  /** Of a property of strings: what all of them are. */
  textShape: 'datetime' | 'datetime with offset' | 'time' | 'text';
}

const WHOLE = new Set(['UBIGINT', 'BIGINT']);
const NUMBERS = new Set(['UBIGINT', 'BIGINT', 'DOUBLE', 'HUGEINT', 'UHUGEINT']);

const only = (kinds: ReadonlySet<string>, allowed: ReadonlySet<string>) =>
  [...kinds].every((kind) => allowed.has(kind));

/** The column that GDAL and pandas make of a property. `json` is the SQL of its JSON value. */
export function propertyColumn(json: string, facts: PropertyFacts): { expression: string; type: string } {
  const text = `(${json} ->> '$')`;
  const { kinds } = facts;
  const varchar = { expression: text, type: 'VARCHAR' };
  if (kinds.size === 0) return { expression: 'NULL::VARCHAR', type: 'VARCHAR' };
  if (only(kinds, new Set(['BOOLEAN']))) {
    return facts.hasNulls
      ? { expression: `CAST(CAST(${text} AS BOOLEAN) AS DOUBLE)`, type: 'DOUBLE' }
      : { expression: `CAST(${text} AS BOOLEAN)`, type: 'BOOLEAN' };
  }
  if (only(kinds, WHOLE) && !facts.hasNulls) {
    const type = facts.fitsInt32 ? 'INTEGER' : 'BIGINT';
    return { expression: `CAST(${text} AS ${type})`, type };
  }
  if (only(kinds, NUMBERS)) return { expression: `CAST(${text} AS DOUBLE)`, type: 'DOUBLE' };
  if (only(kinds, new Set(['VARCHAR']))) {
    switch (facts.textShape) {
      case 'datetime':
        return { expression: `CAST(replace(${text}, '/', '-') AS TIMESTAMP)`, type: 'TIMESTAMP' };
      case 'datetime with offset':
        return { expression: `CAST(replace(${text}, '/', '-') AS TIMESTAMPTZ)`, type: 'TIMESTAMP WITH TIME ZONE' };
      case 'time':
        return { expression: `CAST(${text} AS TIME)`, type: 'TIME' };
      default:
        return varchar;
    }
  }
  return varchar;
}

/**
 * A condition on a later value: with it, `propertyColumn` of the first values gives the same column as that of all.
 * Undefined for what only a look at all values tells: dates and the like, lists and objects.
 */
export function promiseOf(json: string, facts: PropertyFacts): string | undefined {
  const { kinds } = facts;
  const among = (allowed: ReadonlySet<string>) =>
    `json_type(${json}) IN (${[...allowed].map((kind) => `'${kind}'`).join(', ')})`;
  const orNull = facts.hasNulls ? `${json} IS NULL OR ` : '';
  if (kinds.size === 0) return `${json} IS NULL`;
  if (only(kinds, new Set(['BOOLEAN']))) return `${orNull}json_type(${json}) = 'BOOLEAN'`;
  // One that does not fit 32 bits ends the work at the cast.
  if (only(kinds, WHOLE) && !facts.hasNulls) return among(WHOLE);
  if (only(kinds, NUMBERS)) return `${json} IS NULL OR ${among(NUMBERS)}`;
  if (kinds.has('ARRAY') || kinds.has('OBJECT')) return undefined;
  // Texts, mixed or not: whatever comes later is taken as text too.
  return facts.textShape === 'text' ? 'true' : undefined;
}
