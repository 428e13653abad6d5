import { closest } from '../suggest.ts';

/** A template as far as its dependencies go; `file` and `line` are of no concern here. */
interface Dependent {
  id: string;
  dependsOn: readonly string[];
}

/** Each pair of a template and a name it depends on that nothing of the project makes. */
export function unknownDependencies(
  dependents: readonly Dependent[],
  known: ReadonlySet<string>,
): { id: string; missing: string; suggestion: string | undefined }[] {
  return dependents.flatMap(({ id, dependsOn }) =>
    dependsOn
      .filter((name) => !known.has(name))
      .map((missing) => ({ id, missing, suggestion: closest(missing, known) })),
  );
}

/**
 * The circles among dependencies, each as the path that leads around it, `a → b → a` as `['a', 'b', 'a']`, beginning
 * at its first id by name. Every id is visited once and without recursion: chains may be thousands long.
 */
export function dependencyCycles(dependents: readonly Dependent[]): string[][] {
  const next = new Map(dependents.map(({ id, dependsOn }) => [id, dependsOn]));
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const start of [...next.keys()].sort()) {
    if (done.has(start)) continue;
    const way: { id: string; left: string[] }[] = [{ id: start, left: [...(next.get(start) ?? [])].reverse() }];
    const positions = new Map([[start, 0]]);
    while (way.length > 0) {
      const top = way.at(-1)!;
      const id = top.left.pop();
      if (id === undefined) {
        way.pop();
        positions.delete(top.id);
        done.add(top.id);
        continue;
      }
      const position = positions.get(id);
      if (position !== undefined) cycles.push(aroundFromFirst(way.slice(position).map((step) => step.id)));
      else if (next.has(id) && !done.has(id)) {
        positions.set(id, way.length);
        way.push({ id, left: [...next.get(id)!].reverse() });
      }
    }
  }
  return cycles;
}

function aroundFromFirst(ids: readonly string[]): string[] {
  const first = ids.indexOf([...ids].sort()[0]!);
  return [...ids.slice(first), ...ids.slice(0, first), ids[first]!];
}
