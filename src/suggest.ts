/** A word may differ by a third of its letters and still be taken for a slip of the fingers. */
const TOLERANCE = 1 / 3;

/** The candidate that differs least from `word`, if it is close enough to have been meant. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const limit = Math.min(Math.max(1, Math.floor(candidate.length * TOLERANCE)), best ? best.distance - 1 : Infinity);
    const known = candidate.toLowerCase();
    if (Math.abs(candidate.length - word.length) > limit && !isBeginning(wanted, known)) continue;
    const distance = isBeginning(wanted, known) ? 1 : editDistance(wanted, known);
    if (distance <= limit) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Whether one word is the beginning of the other, as `val` is of `value`. */
function isBeginning(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 3 && long.startsWith(short);
}

/** Letters to insert, delete, replace or swap with their neighbour to make one text the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let distance = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) distance = Math.min(distance, before[j - 2]! + 1);
      row.push(distance);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** A hint for a word that is not known: the nearest one, else all of them where they are few. */
export function suggestionHint(word: string, candidates: readonly string[]): string | undefined {
  const near = closest(word, candidates);
  if (near !== undefined) return `did you mean ${near}?`;
  return candidates.length > 0 && candidates.length <= 12 ? `there are: ${candidates.join(', ')}` : undefined;
}
