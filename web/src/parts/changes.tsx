import type * as React from 'react';
import type { Drawing } from './map-layers.ts';

/** What can become of a row. Blue, vermilion and amber are told apart by those as well who do not see red and green. */
export const CHANGES = ['changed', 'added', 'removed'] as const;
export type Change = (typeof CHANGES)[number];

export const DRAWINGS: Record<Change | 'equal', Drawing> = {
  equal: { colour: '--quiet', fill: 0.12, lines: { width: 0.5, colour: '--quiet' } },
  changed: { colour: '--changed', fill: 0.45, lines: { width: 2.5, colour: '--changed' } },
  added: { colour: '--added', fill: 0.6, lines: { width: 1, colour: '--added' } },
  removed: { colour: '--removed', fill: 0.15, lines: { width: 1.8, colour: '--removed', dashes: [3, 2] } },
};
const SIGNS = { changed: '≠', added: '+', removed: '−', equal: '=' };

/** As it looks on the map, with a sign. */
export function Mark({ change }: { change: Change | 'equal' }): React.JSX.Element {
  return (
    <span className={`change-mark ${change}`} aria-hidden>
      {SIGNS[change]}
    </span>
  );
}
