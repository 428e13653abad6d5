/**
 * Puts the keys of all features into one order: a key that is first seen late stands right after its predecessor in
 * the feature that has it, as GDAL orders the fields of a layer.
 *
 * @param keyLists the distinct lists of keys, in order of first appearance
 */
export function mergeKeyOrders(keyLists: readonly (readonly string[])[]): string[] {
  const order: string[] = [];
  const known = new Set<string>();
  for (const keys of keyLists) {
    let predecessor: string | undefined;
    for (const key of keys) {
      if (!known.has(key)) {
        known.add(key);
        order.splice(predecessor === undefined ? 0 : order.indexOf(predecessor) + 1, 0, key);
      }
      predecessor = key;
    }
  }
  return order;
}

/** What is known of one property over all features. */
export interface PropertyFacts {
  /** DuckDB's json_type of its values, nulls left out. */
  kinds: ReadonlySet<string>;
  hasNulls: boolean;
  /** Whether every whole number fits 32 bits. */
  fitsInt32: boolean;
  /** Of a property of strings: what all of them are. */
  textShape: 'date' | 'datetime' | 'datetime with offset' | 'time' | 'text';
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
      case 'date':
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
