/** Bytes of a field's name in a dBASE table. */
const LONGEST = 10;

/** The names that columns have in a shapefile, by their own: cut to ten bytes, and told apart by a number. */
export function shapefileNames(names: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  const found = new Map<string, string>();
  // Those that fit keep their names, whatever is cut to the same.
  const order = names.toSorted((a, b) => Number(bytes(a) > LONGEST) - Number(bytes(b) > LONGEST));
  for (const name of order) {
    let candidate = cut(name, LONGEST);
    for (let i = 1; taken.has(candidate.toUpperCase()); i++) {
      candidate = `${cut(name, LONGEST - `_${i}`.length)}_${i}`;
    }
    taken.add(candidate.toUpperCase());
    found.set(name, candidate);
  }
  return found;
}

const bytes = (text: string) => Buffer.byteLength(text);

function cut(name: string, most: number): string {
  let text = '';
  for (const letter of name) {
    if (bytes(text + letter) > most) break;
    text += letter;
  }
  return text;
}
