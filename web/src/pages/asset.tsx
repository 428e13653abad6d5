import * as React from 'react';
import type { AssetDetail, Kind, Readiness, VersionSummary } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';
import { Materialize } from '../parts/materialize.tsx';
import { State, Strip } from '../parts/strip.tsx';
import { age, bytes, change, count, seconds } from '../parts/texts.ts';
import { hrefOf } from '../route.ts';

const STRIP = 60;

export function AssetPage({ kind, id }: { kind: Kind; id: string }): React.JSX.Element {
  const answer = useAnswer<AssetDetail>(`api/assets/${kind}/${encodeURIComponent(id)}`, 5);
  return <Answered answer={answer}>{(asset) => <Asset asset={asset} />}</Answered>;
}

function Asset({ asset }: { asset: AssetDetail }): React.JSX.Element {
  const { kind, id, all_versions } = asset;
  return (
    <>
      <header className="head">
        <h1>{asset.title}</h1>
        <p className="quiet">
          <State state={asset.state} /> {kind === 'ingest' ? `from ${asset.source ?? 'nowhere'}` : 'a product'}
          {asset.formats.length > 0 && `, ${asset.formats.join(', ')}`} ·{' '}
          <a href={hrefOf({ page: 'lineage', kind, id })}>lineage</a>
        </p>
        {asset.description !== null && <p>{asset.description}</p>}
        {asset.reason !== null && <p className="problem">{asset.reason}</p>}
        <Materialize assets={[asset]} />
      </header>
      {kind === 'builds' && <Ready id={id} />}
      <section>
        <h2>Versions</h2>
        <Strip kind={kind} id={id} versions={all_versions.slice(0, STRIP)} />
        <Versions asset={asset} />
      </section>
      {asset.findings.length > 0 && (
        <section>
          <h2>Findings</h2>
          <ul>
            {asset.findings.map((finding) => (
              <li key={`${finding.place}${finding.message}`}>
                <State state={finding.severity} /> {finding.place !== null && <code>{finding.place}</code>}{' '}
                {finding.message}
                {finding.hint !== null && <span className="quiet"> {finding.hint}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {asset.text !== null && (
        <section>
          <h2>{asset.file}</h2>
          <pre>{asset.text}</pre>
        </section>
      )}
    </>
  );
}

function Versions({ asset }: { asset: AssetDetail }): React.JSX.Element {
  const [compared, setCompared] = React.useState<readonly string[]>([]);
  const [shown, setShown] = React.useState(50);
  const { kind, id, all_versions: versions } = asset;
  if (versions.length === 0) return <p className="quiet">There is none yet.</p>;
  const choose = (key: string) =>
    setCompared((before) =>
      before.includes(key) ? before.filter((each) => each !== key) : [...before, key].slice(-2),
    );
  const ordered = versions.map(({ key }) => key).filter((key) => compared.includes(key));
  return (
    <>
      {ordered.length === 2 && (
        <p>
          <a className="button" href={hrefOf({ page: 'diff', kind, id, a: ordered[1]!, b: ordered[0]! })}>
            Compare {ordered[1]} with {ordered[0]}
          </a>
        </p>
      )}
      <div className="scroller">
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span className="hidden">Compare</span>
              </th>
              <th scope="col">Version</th>
              <th scope="col">State</th>
              <th scope="col">Made</th>
              <th scope="col" className="number">
                Rows
              </th>
              <th scope="col" className="number wide">
                Size
              </th>
              <th scope="col" className="number wide">
                Took
              </th>
            </tr>
          </thead>
          <tbody>
            {versions.slice(0, shown).map((version) => (
              <VersionRow key={version.key} {...{ kind, id, version, compared, choose }} />
            ))}
          </tbody>
        </table>
      </div>
      {versions.length > shown && (
        <button type="button" onClick={() => setShown(shown + 500)}>
          {versions.length - shown} more
        </button>
      )}
    </>
  );
}

function VersionRow({
  kind,
  id,
  version,
  compared,
  choose,
}: {
  kind: Kind;
  id: string;
  version: VersionSummary;
  compared: readonly string[];
  choose: (key: string) => void;
}): React.JSX.Element {
  const { key, state } = version;
  const stands = state === 'published' || state === 'quarantined';
  return (
    <tr>
      <td>
        {stands && (
          <input
            type="checkbox"
            aria-label={`compare ${key}`}
            checked={compared.includes(key)}
            onChange={() => choose(key)}
          />
        )}
      </td>
      <td>
        <a href={hrefOf({ page: 'version', kind, id, key })}>{key}</a> {version.is_latest && <b>latest</b>}
      </td>
      <td title={version.warnings.join('\n')}>
        <State state={state} />
        {version.warnings.length > 0 && <span className="warns"> {version.warnings[0]}</span>}
      </td>
      <td title={version.created ?? undefined}>{age(version.created)}</td>
      <td className="number">
        {count(version.rows)} <span className="quiet">{change(version.rows, version.rows_before)}</span>
      </td>
      <td className="number wide">{bytes(version.bytes)}</td>
      <td className="number wide">{seconds(version.seconds)}</td>
    </tr>
  );
}

/** What the next build would take, and what mends what is missing. */
function Ready({ id }: { id: string }): React.JSX.Element {
  const answer = useAnswer<Readiness>(`api/assets/builds/${encodeURIComponent(id)}/readiness`);
  return (
    <section>
      <h2>The next build</h2>
      <Answered answer={answer}>
        {({ version, version_reason, ready, rows }) => (
          <>
            <p>
              {ready
                ? 'Ready'
                : `Blocked by ${rows.filter(({ state }) => state !== 'ready').length} of ${rows.length} inputs`}
              : version <b>{version}</b> ({version_reason})
            </p>
            <table>
              <thead>
                <tr>
                  <th scope="col">Input</th>
                  <th scope="col">Version</th>
                  <th scope="col">State</th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.id}>
                    <td>
                      <a href={hrefOf({ page: 'asset', kind: 'ingest', id: row.id })}>{row.id}</a>
                    </td>
                    <td>{row.version ?? '–'}</td>
                    <td>
                      <State state={row.state} />
                    </td>
                    <td className="quiet">
                      {row.reason} {row.command !== null && <code>{row.command}</code>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </Answered>
    </section>
  );
}
