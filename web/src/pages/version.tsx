import * as React from 'react';
import type { AssetDetail, Kind, Table, VersionDetail } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { MakeLatest, Release, Remove } from '../parts/act.tsx';
import { Answered, Waiting } from '../parts/answer.tsx';
import { Columns } from '../parts/columns.tsx';
import { CompareWith } from '../parts/compare-with.tsx';
import { Origin } from '../parts/origin.tsx';
import { RowTable } from '../parts/rows.tsx';
import { State } from '../parts/strip.tsx';
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

const VIEWS = ['Rows', 'Columns', 'Map'] as const;
type View = (typeof VIEWS)[number];

function Look({ table }: { table: Table }): React.JSX.Element {
  const views = VIEWS.filter((view) => view !== 'Map' || (table.geometry_column !== null && table.crs !== null));
  const [view, setView] = React.useState<View>('Rows');
  const [row, setRow] = React.useState<number>();
  const id = React.useId();
  // As tabs are used by keyboard: arrows go from one to the next, Tab leaves them.
  const move = (event: React.KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = views[(views.indexOf(view) + step + views.length) % views.length]!;
    setView(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-view="${next}"]`)?.focus();
  };
  return (
    <section>
      <div className="tabs" role="tablist" aria-label="How to look at it" onKeyDown={move} tabIndex={-1}>
        {views.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`${id}-${each}`}
            data-view={each}
            aria-selected={view === each}
            aria-controls={`${id}-panel`}
            tabIndex={view === each ? 0 : -1}
            onClick={() => setView(each)}
          >
            {each}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${view}`}>
        {view === 'Rows' && <RowTable reference={table.ref} />}
        {view === 'Columns' && <Columns reference={table.ref} />}
        {view === 'Map' && (
          <React.Suspense fallback={<Waiting />}>
            <TileMap table={table} onRow={setRow} />
            {row === undefined ? (
              <p className="quiet">A click on a shape shows its row.</p>
            ) : (
              <RowTable reference={table.ref} only={row} />
            )}
          </React.Suspense>
        )}
      </div>
    </section>
  );
}
