import * as React from 'react';
import type { TableDiff } from '../../../src/diff/table-diff.ts';
import type { ChangesExtent } from '../../../src/serve/api.ts';
import { urlOf, useAnswer } from '../client.ts';
import { Answered, Waiting } from './answer.tsx';
import { CHANGES, type Change, DRAWINGS, Mark } from './changes.tsx';
import type { Picked } from './map.tsx';
import type { Shown } from './map-layers.ts';
import { RowTable } from './rows.tsx';
import { count } from './texts.ts';

const TileMap = React.lazy(() => import('./map.tsx'));

/** Both have places that are known. */
export const hasMap = ({ before, now }: TableDiff): boolean =>
  [before, now].every(({ crs, geometry_types }) => crs !== null && geometry_types.length > 0);

/** What changed on a map, over what did not; a click shows the row. */
export function ChangesMap({
  table,
  compared,
}: {
  table: TableDiff;
  /** `a`, `b` and `table`, as the server is asked. */
  compared: string;
}): React.JSX.Element {
  const [picked, setPicked] = React.useState<Picked>();
  const answer = useAnswer<ChangesExtent>(`api/diff/tiles?${compared}`);
  const { before, now } = table;
  const shown = React.useMemo(
    (): Shown[] => [
      { id: 'equal', tiles: tilesAt('api/tiles', `ref=${encodeURIComponent(now.name)}`), drawing: DRAWINGS.equal },
      ...CHANGES.map((kind) => ({
        ...{ id: kind, kind, tiles: tilesAt('api/diff/tiles', compared), drawing: DRAWINGS[kind] },
      })),
    ],
    [now.name, compared],
  );
  return (
    <Answered answer={answer}>
      {({ extent }) =>
        extent === null ? (
          <p className="quiet">No row with a shape has changed.</p>
        ) : (
          <>
            <ul className="legend" aria-label="Legend">
              {([...CHANGES, 'equal'] as const).map((change) => (
                <li key={change}>
                  <Mark change={change} /> {change} {count(table.rows[change])}
                </li>
              ))}
            </ul>
            <React.Suspense fallback={<Waiting />}>
              <TileMap shown={shown} extent={extent} label={`Map of what changed in ${now.name}`} onPick={setPicked} />
            </React.Suspense>
            {picked === undefined ? (
              <p className="quiet">A click on a shape shows its row; by keyboard, Enter shows that in the middle.</p>
            ) : (
              <>
                <p>
                  <Mark change={picked.id as Change} /> {picked.id === 'equal' ? 'in' : `${picked.id}: its row in`}{' '}
                  {picked.id === 'removed' ? before.name : now.name}
                </p>
                <RowTable reference={picked.id === 'removed' ? before.name : now.name} only={picked.row} />
              </>
            )}
          </>
        )
      }
    </Answered>
  );
}

const tilesAt = (path: string, query: string): string => `${urlOf(`${path}/`)}{z}/{x}/{y}?${query}`;
