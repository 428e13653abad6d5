/**
 * Puts the names of all features' properties into one order, as GDAL orders the fields of a layer: in each feature a name
 * stands before the next one, unless earlier features say otherwise; of names that could come next, the least does.
 *
 * @param keyLists the distinct lists of names, in order of first appearance
 */
export function fieldOrder(keyLists: readonly (readonly string[])[]): string[] {
  const [only] = keyLists;
  if (keyLists.length === 1) return [...only!];
  const after = orderings(keyLists);
  const waitsFor = new Map([...after.keys()].map((name) => [name, 0]));
  for (const followers of after.values()) for (const name of followers) waitsFor.set(name, waitsFor.get(name)! + 1);
  const ready = [...after.keys()].filter((name) => waitsFor.get(name) === 0).sort(byBytes);
  const order: string[] = [];
  while (ready.length > 0) {
    const name = ready.shift()!;
    order.push(name);
    for (const follower of after.get(name)!) {
      const left = waitsFor.get(follower)! - 1;
      waitsFor.set(follower, left);
      if (left === 0) insert(ready, follower);
    }
  }
  return order;
}

/** Which names stand directly behind which. There is no circle in it. */
function orderings(keyLists: readonly (readonly string[])[]): Map<string, Set<string>> {
  const after = new Map<string, Set<string>>();
  for (const keys of keyLists) {
    let previous: string | undefined;
    for (const key of keys) {
      if (!after.has(key)) after.set(key, new Set());
      if (previous !== undefined && !after.get(previous)!.has(key) && !leadsTo(after, key, previous))
        after.get(previous)!.add(key);
      previous = key;
    }
  }
  return after;
}

/** Whether a chain of followers goes from one name to another. */
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

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Puts a name into a list of names in order. */
function insert(names: string[], name: string): void {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byBytes(names[middle]!, name) < 0) low = middle + 1;
    else high = middle;
  }
  names.splice(low, 0, name);
}
