/** Names of properties may be anything; DuckDB's own ignore case and are not empty. */

/** The names that can be fields of one structure of DuckDB; of those that differ by case alone, the first. */
export function structureNames(names: readonly string[]): Set<string> {
  const folded = new Set<string>();
  const chosen = new Set<string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (name === '' || name.includes('\0') || folded.has(key)) continue;
    folded.add(key);
    chosen.add(name);
  }
  return chosen;
}

export function distinctIgnoringCase(names: readonly string[]): boolean {
  return structureNames(names).size === names.length;
}

/** The JSON pointer (RFC 6901) to a member of an object. */
export function pointerTo(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
