import * as React from 'react';
import type { Kind, Table, VersionDetail } from '../../../src/serve/api.ts';
import { urlOf, useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';
import { Columns } from '../parts/columns.tsx';
import { RowTable } from '../parts/rows.tsx';
import { State } from '../parts/strip.tsx';
import { age, bytes, change, count, seconds } from '../parts/texts.ts';
import { hrefOf } from '../route.ts';

// Its library is a megabyte, and not every table has a place on a map.
const TileMap = React.lazy(() => import('../parts/map.tsx'));

type Place = { kind: Kind; id: string; key: string };
const encoded = ({ kind, id, key }: Place) => [kind, encodeURIComponent(id), encodeURIComponent(key)] as const;

export function VersionPage(place: Place): React.JSX.Element {
  const [kind, id, key] = encoded(place);
  const answer = useAnswer<VersionDetail>(`api/assets/${kind}/${id}/versions/${key}`);
  return <Answered answer={answer}>{(version) => <Version version={version} />}</Answered>;
}

function Version({ version }: { version: VersionDetail }): React.JSX.Element {
  const [name, setName] = React.useState(version.tables[0]?.name);
  const table = version.tables.find((each) => each.name === name);
  return (
    <>
      <header className="head">
        <h1>
          {version.id} <span className="quiet">{version.key}</span>
        </h1>
        <p className="quiet">
          <State state={version.state} /> {version.is_latest && <b>latest</b>} {age(version.created)},{' '}
          {count(version.rows)} rows {change(version.rows, version.rows_before)}, {bytes(version.bytes)}, made in{' '}
          {seconds(version.seconds)}
        </p>
        {version.warnings.map((warning) => (
          <p key={warning} className="warns">
            {warning}
          </p>
        ))}
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

const VIEWS = ['Rows', 'Columns', 'Map'] as const;

function Look({ table }: { table: Table }): React.JSX.Element {
  const views = VIEWS.filter((view) => view !== 'Map' || table.geometry_column !== null);
  const [view, setView] = React.useState<(typeof VIEWS)[number]>('Rows');
  const [row, setRow] = React.useState<number>();
  return (
    <section>
      <div className="tabs" role="tablist" aria-label="How to look at it">
        {views.map((each) => (
          <button key={each} type="button" role="tab" aria-selected={view === each} onClick={() => setView(each)}>
            {each}
          </button>
        ))}
      </div>
      {view === 'Rows' && <RowTable reference={table.ref} />}
      {view === 'Columns' && <Columns reference={table.ref} />}
      {view === 'Map' && (
        <React.Suspense fallback={<p className="quiet">…</p>}>
          <TileMap table={table} onRow={setRow} />
          {row !== undefined && <RowTable reference={table.ref} only={row} />}
        </React.Suspense>
      )}
    </section>
  );
}

function Origin({ version }: { version: VersionDetail }): React.JSX.Element {
  const { provenance, files, steps, checks, log } = version;
  const [kind, id, key] = encoded(version);
  const fileHref = (path: string) =>
    urlOf(`api/files/${kind}/${id}/${key}/${path.split('/').map(encodeURIComponent).join('/')}`);
  return (
    <>
      {checks.length > 0 && (
        <section>
          <h2>Checks</h2>
          <ul>
            {checks.map(({ name, outcome, message }) => (
              <li key={`${name}${message}`}>
                <State state={outcome} /> <b>{name}</b> {message}
              </li>
            ))}
          </ul>
        </section>
      )}
      {steps.length > 0 && (
        <section>
          <h2>Steps</h2>
          <ol>
            {steps.map((step, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: steps have nothing else, and stay as they are
              <li key={i}>
                {step.name}{' '}
                <span className="quiet">
                  {change(step.rows_after, step.rows_before)} {seconds(step.seconds)}
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
      <section>
        <h2>Where it comes from</h2>
        {provenance.inputs.length > 0 && (
          <ul>
            {provenance.inputs.map((input) => (
              <li key={input.id}>
                {input.version === null ? (
                  input.id
                ) : (
                  <a href={hrefOf({ page: 'version', kind: 'ingest', id: input.id, key: input.version })}>
                    {input.id} {input.version}
                  </a>
                )}{' '}
                <span className="quiet">{input.why}</span>
              </li>
            ))}
          </ul>
        )}
        {provenance.used_by.length > 0 && (
          <p>
            Taken by{' '}
            {provenance.used_by.map((build) => (
              <a key={`${build.id} ${build.key}`} href={hrefOf({ page: 'version', kind: 'builds', ...build })}>
                {build.id} {build.key}
              </a>
            ))}
          </p>
        )}
        <p>
          Make it again: <code>{provenance.command}</code>
        </p>
        <details>
          <summary>The record</summary>
          <pre>{JSON.stringify(provenance.record, null, 2)}</pre>
        </details>
      </section>
      <section>
        <h2>Files</h2>
        <table>
          <tbody>
            {files.map((file) => (
              <tr key={file.path}>
                <td>
                  <a href={fileHref(file.path)} download>
                    {file.path}
                  </a>
                </td>
                <td className="number">{bytes(file.bytes)}</td>
                <td className="wide">
                  <code className="quiet">{file.sha256}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {log !== null && (
        <section>
          <h2>Log</h2>
          <pre>{log}</pre>
        </section>
      )}
    </>
  );
}
