import type * as React from 'react';
import type { Histogram } from '../../../src/profile/document.ts';
import { count } from './texts.ts';

const WIDTH = 280;
const HEIGHT = 56;

/** Rows in bins of equal width. A bin that has some is never drawn as none. */
export function HistogramOf({ histogram, name }: { histogram: Histogram; name: string }): React.JSX.Element {
  const { counts, edges } = histogram;
  const most = Math.max(1, ...counts);
  const width = WIDTH / counts.length;
  const first = String(edges[0]);
  const last = String(edges.at(-1));
  return (
    <figure className="histogram">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`How ${name} is spread, from ${first} to ${last}`}>
        {counts.map((n, i) => {
          const height = n === 0 ? 0 : Math.max(1.5, (n / most) * HEIGHT);
          return (
            <rect
              key={String(edges[i])}
              x={i * width + 0.5}
              y={HEIGHT - height}
              width={Math.max(1, width - 1)}
              height={height}
            >
              <title>{`${edges[i]} to ${edges[i + 1]}: ${count(n)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>
        <span>{first}</span>
        <span>{last}</span>
      </figcaption>
    </figure>
  );
}
