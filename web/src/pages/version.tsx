import * as React from 'react';
import type { AssetDetail, Extent, Kind, Table, VersionDetail } from '../../../src/serve/api.ts';
import { urlOf, useAnswer } from '../client.ts';
import { MakeLatest, Release, Remove } from '../parts/act.tsx';
import { Answered, Waiting } from '../parts/answer.tsx';
import { Columns } from '../parts/columns.tsx';
import { CompareWith } from '../parts/compare-with.tsx';
import type { Picked } from '../parts/map.tsx';
import { PLAIN } from '../parts/map-layers.ts';
import { Origin } from '../parts/origin.tsx';
import { RowTable } from '../parts/rows.tsx';
import { State } from '../parts/strip.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { age, bytes, change, count, moment, seconds } from '../parts/texts.ts';
import { hrefOf } from '../route.ts';

// Its library is a megabyte, and not every table has a place on a map.
const TileMap = React.lazy(() => import('../parts/map.tsx'));

/** `version` and not `key`, which React keeps for itself. */
export function VersionPage(place: { kind: Kind; id: string; version: string }): React.JSX.Element {
  const [kind, id, version] = [place.kind, encodeURIComponent(place.id), encodeURIComponent(place.version)];
  const answer = useAnswer<VersionDetail>(`api/assets/${kind}/${id}/versions/${version}`);
  return <Answered answer={answer}>{(detail, reload) => <Version version={detail} reload={reload} />}</Answered>;
}

function Version({ version, reload }: { version: VersionDetail; reload: () => void }): React.JSX.Element {
  const [name, setName] = React.useState(version.tables[0]?.name);
  const table = version.tables.find((each) => each.name === name);
  const { kind, id, key } = version;
  const asset = useAnswer<AssetDetail>(`api/assets/${kind}/${encodeURIComponent(id)}`);
  return (
    <>
      <header className="head">
        <h1>
          {id} <span className="quiet">{key}</span> {version.is_latest && <span className="tag">latest</span>}
        </h1>
        <p className="quiet facts">
          <State state={version.state} />
          <span title={moment(version.created)}>{age(version.created)}</span>
          {version.rows !== null && (
            <span>
              {count(version.rows)} rows {change(version.rows, version.rows_before)}
            </span>
          )}
          <span>{bytes(version.bytes)}</span>
          <span>made in {seconds(version.seconds)}</span>
        </p>
        {[...version.warnings, ...version.stale].map((warning) => (
          <p key={warning} className="notice warns">
            {warning}
          </p>
        ))}
        <Released version={version} />
        <div className="bar">
          {version.state === 'quarantined' && kind === 'ingest' && (
            <Release place={{ kind, id, key }} onDone={reload} />
          )}
          {asset.state === 'here' && <CompareWith asset={asset.value} version={key} />}
          {kind === 'ingest' && !version.is_latest && version.state === 'published' && (
            <MakeLatest place={{ kind, id, key }} onDone={reload} />
          )}
          <Remove
            place={{ kind, id, key }}
            onDone={() => {
              location.href = hrefOf({ page: 'asset', kind, id });
            }}
          />
        </div>
      </header>
      {version.tables.length > 1 && (
        <label>
          Table{' '}
          <select value={name} onChange={(e) => setName(e.target.value)}>
            {version.tables.map((each) => (
              <option key={each.name}>{each.name}</option>
            ))}
          </select>
        </label>
      )}
      {table && <Look key={table.ref} table={table} />}
      <Origin version={version} />
    </>
  );
}

/** Who let a version be used that failed a check, and why. */
function Released({ version: { provenance } }: { version: VersionDetail }): React.ReactNode {
  const { quarantine } = provenance.record as {
    quarantine?: { released?: { at: string; by: string; reason: string } };
  };
  if (!quarantine?.released) return null;
  const { at, by, reason } = quarantine.released;
  return (
    <p className="notice">
      Released by {by} <span title={moment(at)}>{age(at)}</span>: {reason}
    </p>
  );
}

function Look({ table }: { table: Table }): React.JSX.Element {
  const hasMap = table.geometry_column !== null && table.crs !== null;
  return (
    <section>
      <Tabs views={hasMap ? ['Rows', 'Columns', 'Map'] : ['Rows', 'Columns']} label="How to look at it">
        {(view) => (
          <>
            {view === 'Rows' && <RowTable reference={table.ref} />}
            {view === 'Columns' && <Columns reference={table.ref} />}
            {view === 'Map' && <OnMap table={table} />}
          </>
        )}
      </Tabs>
    </section>
  );
}

function OnMap({ table }: { table: Table }): React.JSX.Element {
  const [picked, setPicked] = React.useState<Picked>();
  const answer = useAnswer<Extent>(`api/tiles?ref=${encodeURIComponent(table.ref)}`);
  const shown = React.useMemo(() => [{ id: 'table', tiles: tilesOf(table.ref), drawing: PLAIN }], [table.ref]);
  return (
    <Answered answer={answer}>
      {(extent) => (
        <React.Suspense fallback={<Waiting />}>
          <TileMap shown={shown} extent={extent} label={`Map of ${table.name}`} onPick={setPicked} />
          {picked === undefined ? (
            <p className="quiet">A click on a shape shows its row; by keyboard, Enter shows that in the middle.</p>
          ) : (
            <RowTable reference={table.ref} only={picked.row} />
          )}
        </React.Suspense>
      )}
    </Answered>
  );
}

const tilesOf = (ref: string): string => `${urlOf('api/tiles/')}{z}/{x}/{y}?ref=${encodeURIComponent(ref)}`;
