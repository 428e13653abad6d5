import type * as React from 'react';
import type { Kind, Lineage } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';
import { State } from '../parts/strip.tsx';
import { hrefOf } from '../route.ts';

const BOX = { width: 220, height: 60 };
const GAP = { x: 90, y: 18 };

export function LineagePage({ kind, id }: { kind: Kind; id: string }): React.JSX.Element {
  const answer = useAnswer<Lineage>(`api/lineage/${kind}/${encodeURIComponent(id)}`);
  return (
    <>
      <h1>
        {id} <span className="quiet title">lineage</span>
      </h1>
      <Answered answer={answer}>{(lineage) => <Graph lineage={lineage} of={`${kind}/${id}`} />}</Answered>
    </>
  );
}

/** An edge names its ends by their ids alone, or with their kinds. */
function named({ nodes, edges }: Lineage): Lineage['edges'] {
  const full = (text: string) => {
    const node = nodes.find((each) => nameOf(each) === text) ?? nodes.find(({ id }) => id === text);
    return node ? nameOf(node) : text;
  };
  return edges.map(({ from, to, version }) => ({ from: full(from), to: full(to), version }));
}

/** How many steps of making come before each; what goes in a circle counts once. */
function depths({ nodes, edges }: Lineage): Map<string, number> {
  const depth = new Map<string, number>();
  const depthOf = (node: string, way: readonly string[] = []): number => {
    const known = depth.get(node);
    if (known !== undefined || way.includes(node)) return known ?? 0;
    const from = edges.filter((edge) => edge.to === node).map((edge) => depthOf(edge.from, [...way, node]) + 1);
    const own = Math.max(0, ...from);
    depth.set(node, own);
    return own;
  };
  return new Map(nodes.map((node) => [nameOf(node), depthOf(nameOf(node))]));
}

const nameOf = ({ kind, id }: { kind: Kind; id: string }): string => `${kind}/${id}`;

/** In columns, what something is made from to the left of it. */
function Graph({ lineage: { nodes, edges }, of }: { lineage: Lineage; of: string }): React.JSX.Element {
  const lineage = { nodes, edges: named({ nodes, edges }) };
  const depth = depths(lineage);
  const columns = [...Map.groupBy(lineage.nodes, (node) => depth.get(nameOf(node))!)].toSorted(([a], [b]) => a - b);
  const tallest = Math.max(...columns.map(([, nodes]) => nodes.length));
  const height = tallest * (BOX.height + GAP.y) - GAP.y;
  const places = new Map<string, { x: number; y: number }>();
  for (const [x, [, nodes]] of columns.entries()) {
    const top = (height - (nodes.length * (BOX.height + GAP.y) - GAP.y)) / 2;
    for (const [y, node] of nodes.entries()) {
      places.set(nameOf(node), { x: x * (BOX.width + GAP.x), y: top + y * (BOX.height + GAP.y) });
    }
  }
  const width = columns.length * (BOX.width + GAP.x) - GAP.x;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="lineage" tabIndex={0} aria-label="Graph">
      <div className="canvas" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {lineage.edges.map(({ from, to, version }) => {
            const [a, b] = [places.get(from), places.get(to)];
            if (!a || !b) return null;
            const start = { x: a.x + BOX.width, y: a.y + BOX.height / 2 };
            const end = { x: b.x, y: b.y + BOX.height / 2 };
            const bend = (end.x - start.x) / 2;
            return (
              <g key={`${from} ${to}`}>
                <path
                  d={`M ${start.x} ${start.y} C ${start.x + bend} ${start.y}, ${end.x - bend} ${end.y}, ${end.x} ${end.y}`}
                />
                {version !== null && (
                  <text x={start.x + 6} y={start.y - 5}>
                    {version}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
        <ul>
          {lineage.nodes.map((node) => {
            const { kind, id, title, newest, state } = node;
            const { x, y } = places.get(nameOf(node))!;
            return (
              <li
                key={nameOf(node)}
                className={nameOf(node) === of ? 'own' : ''}
                style={{ left: x, top: y, width: BOX.width, height: BOX.height }}
              >
                <a href={hrefOf({ page: 'asset', kind, id })} title={title}>
                  {id}
                </a>
                <span className="facts">
                  <State state={state} />{' '}
                  {newest !== null && <a href={hrefOf({ page: 'version', kind, id, key: newest })}>{newest}</a>}
                </span>
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
}
