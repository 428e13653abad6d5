import type * as React from 'react';
import type { Kind, Lineage } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';
import { State } from '../parts/strip.tsx';
import { hrefOf } from '../route.ts';

export function LineagePage({ kind, id }: { kind: Kind; id: string }): React.JSX.Element {
  const answer = useAnswer<Lineage>(`api/lineage/${kind}/${encodeURIComponent(id)}`);
  return <Answered answer={answer}>{(lineage) => <Graph lineage={lineage} />}</Answered>;
}

/** In columns, what something is made from to the left of it. */
function Graph({ lineage }: { lineage: Lineage }): React.JSX.Element {
  const depth = new Map<string, number>();
  const depthOf = (node: string, way: readonly string[] = []): number => {
    const known = depth.get(node);
    if (known !== undefined || way.includes(node)) return known ?? 0;
    const from = lineage.edges.filter((edge) => edge.to === node).map((edge) => depthOf(edge.from, [...way, node]) + 1);
    const own = Math.max(0, ...from);
    depth.set(node, own);
    return own;
  };
  const columns = Map.groupBy(lineage.nodes, (node) => depthOf(`${node.kind}/${node.id}`));
  return (
    <div className="lineage">
      {[...columns]
        .toSorted(([a], [b]) => a - b)
        .map(([at, nodes]) => (
          <ul key={at}>
            {nodes.map(({ kind, id, title, newest, state }) => (
              <li key={`${kind}/${id}`}>
                <a href={hrefOf({ page: 'asset', kind, id })}>{title}</a>
                <span className="quiet"> {newest}</span> <State state={state} />
              </li>
            ))}
          </ul>
        ))}
    </div>
  );
}
