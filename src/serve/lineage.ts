import type { Kind, Lineage } from './api.ts';
import type { Assets } from './assets.ts';

interface Name {
  kind: Kind;
  id: string;
}

/** Of a graph that is larger nobody sees anything. */
const MOST = 300;

/**
 * Everything that an asset is made from, and that is made from it, however far away. An edge to a product has the version
 * that its newest build took.
 */
export async function lineageOf(assets: Assets, start: Name): Promise<Lineage> {
  const graph = await assets.graph();
  const nameOf = ({ kind, id }: Name) => `${kind}/${id}`;
  // It knows what to say of one that is not there.
  if (!graph.has(nameOf(start))) await assets.detail(start.kind, start.id);
  const found = new Map<string, Name>();
  const edges = new Map<string, Lineage['edges'][number]>();
  const follow = (first: Name, side: 'upstream' | 'downstream') => {
    const seen = new Set<string>();
    const next = [first];
    for (let name = next.shift(); name && found.size < MOST; name = next.shift()) {
      const node = graph.get(nameOf(name));
      if (!node || seen.has(nameOf(name))) continue;
      seen.add(nameOf(name));
      found.set(nameOf(name), name);
      for (const other of node[side]) {
        const [from, to] = side === 'upstream' ? [other, name] : [name, other];
        const version = assets.versionTaken(from, to);
        edges.set(`${nameOf(from)} ${nameOf(to)}`, { from: nameOf(from), to: nameOf(to), version });
        next.push(other);
      }
    }
  };
  follow(start, 'upstream');
  follow(start, 'downstream');
  const nodes = [...found.values()].map((name) => {
    const { title, newest, state } = graph.get(nameOf(name))!;
    return { ...name, title, newest: newest?.key ?? null, state };
  });
  return { nodes, edges: [...edges.values()].filter(({ from, to }) => found.has(from) && found.has(to)) };
}
