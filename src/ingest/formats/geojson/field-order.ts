import { NameGraph } from './name-graph.ts';

/**
 * Puts the names of all features' properties into one order, as GDAL orders the fields of a layer: in each feature a name
 * stands before the next one, unless earlier features say otherwise; of names that could come next, the least does.
 *
 * @param keyLists the distinct lists of names, in order of first appearance
 */
export function fieldOrder(keyLists: readonly (readonly string[])[]): string[] {
  const [only] = keyLists;
  if (keyLists.length === 1) return [...only!];
  const graph = new NameGraph();
  for (const keys of keyLists) {
    for (const [i, key] of keys.entries()) {
      graph.addName(key);
      if (i > 0) graph.follow(keys[i - 1]!, key);
    }
  }
  const waitsFor = new Map(Array.from(graph.names(), (name) => [name, 0]));
  for (const name of graph.names())
    for (const follower of graph.followersOf(name)) waitsFor.set(follower, waitsFor.get(follower)! + 1);
  const ready = [...graph.names()].filter((name) => waitsFor.get(name) === 0).sort(byBytes);
  const order: string[] = [];
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    order.push(next);
    for (const follower of graph.followersOf(next)) {
      const left = waitsFor.get(follower)! - 1;
      waitsFor.set(follower, left);
      if (left === 0) insert(ready, follower);
    }
  }
  return order;
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
