import * as React from 'react';
import type { Kind, Lineage } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';
import { State } from '../parts/strip.tsx';
import { hrefOf } from '../route.ts';

const BOX = { width: 240, height: 54 };
const GAP = { x: 120, y: 10 };

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
function Graph({ lineage, of }: { lineage: Lineage; of: string }): React.JSX.Element {
  const own = React.useRef<HTMLLIElement>(null);
  // A product has dozens of inputs, and stands in the middle of them.
  React.useLayoutEffect(() => {
    own.current?.scrollIntoView({ block: 'center', inline: 'center' });
  }, []);
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
              <g key={`${from} ${to}`} className={from === of || to === of ? 'own' : ''}>
                <path
                  d={`M ${start.x} ${start.y} C ${start.x + bend} ${start.y}, ${end.x - bend} ${end.y}, ${end.x} ${end.y}`}
                />
                {version !== null && (
                  <text x={start.x + 8} y={start.y + 4}>
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
                ref={nameOf(node) === of ? own : null}
                className={nameOf(node) === of ? 'own' : ''}
                style={{ left: x, top: y, width: BOX.width, height: BOX.height }}
              >
                <a href={hrefOf({ page: 'asset', kind, id })} title={title}>
                  {id}
                </a>
                <span className="facts">
                  <State state={state} /> {kind === 'builds' && <span className="quiet">product</span>}
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
