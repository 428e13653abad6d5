import * as React from 'react';
import type { AssetDetail, VersionSummary } from '../../../src/serve/api.ts';
import { airflowPage, isInAirflow } from '../client.ts';
import { hrefOf } from '../route.ts';
import { Materialize } from './materialize.tsx';
import { StateChoice } from './state-choice.tsx';
import { State } from './strip.tsx';
import { age, bytes, change, count, moment, seconds } from './texts.ts';

const SHOWN_FIRST = 50;
const SHOWN_MORE = 500;
const STANDS: VersionSummary['state'][] = ['published', 'partial', 'quarantined'];
const ORDER: VersionSummary['state'][] = [
  'failed',
  'unreadable',
  'quarantined',
  'partial',
  'running',
  'missing',
  'published',
];
/** From so many on, a field finds one of them. */
const MANY = 20;
const TO_MAKE: VersionSummary['state'][] = ['missing', 'failed'];

/** All versions as a table, the newest first; two that are marked can be compared. */
export function Versions({ asset, reload }: { asset: AssetDetail; reload: () => void }): React.JSX.Element {
  const [compared, setCompared] = React.useState<readonly string[]>([]);
  const [shown, setShown] = React.useState(SHOWN_FIRST);
  const [state, setState] = React.useState<string>();
  const [text, setText] = React.useState('');
  const { kind, id, all_versions: versions } = asset;
  if (versions.length === 0) return <p className="quiet">There is none yet.</p>;
  const wanted = versions.filter((each) => (state ?? each.state) === each.state && each.key.includes(text.trim()));
  const choose = (key: string) =>
    setCompared((before) =>
      before.includes(key) ? before.filter((each) => each !== key) : [...before, key].slice(-2),
    );
  const [later, earlier] = versions.map(({ key }) => key).filter((key) => compared.includes(key));
  const standing = versions.filter(({ state }) => STANDS.includes(state));
  const toMake = versions.filter(({ state }) => TO_MAKE.includes(state)).map(({ key }) => key);
  return (
    <>
      <div className="bar">
        {versions.length > MANY && (
          <label>
            <span className="hidden">Find a version</span>
            <input type="search" placeholder="Find a version" value={text} onChange={(e) => setText(e.target.value)} />
          </label>
        )}
        <StateChoice states={versions.map((each) => each.state)} order={ORDER} chosen={state} choose={setState} />
        {toMake.length > 0 && (
          <Materialize assets={[asset]} versions={toMake} onEnd={reload} className="">
            Materialize {toMake.length} missing…
          </Materialize>
        )}
        {earlier !== undefined ? (
          <a className="button primary" href={hrefOf({ page: 'diff', kind, id, a: earlier, b: later! })}>
            Compare {earlier} with {later}
          </a>
        ) : (
          standing.length > 1 && <span className="quiet">Mark two versions to compare them.</span>
        )}
      </div>
      <div className="scroller fits">
        <table>
          <thead>
            <tr>
              {standing.length > 1 && (
                <th scope="col">
                  <span className="hidden">Compare</span>
                </th>
              )}
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
              {isInAirflow() && (
                <th scope="col" className="wide">
                  Runs
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {wanted.slice(0, shown).map((version) => (
              <VersionRow
                key={version.key}
                {...{ asset, version, choose, reload }}
                marks={standing.length > 1 ? compared : undefined}
              />
            ))}
          </tbody>
        </table>
      </div>
      {wanted.length === 0 && <p className="quiet">None fits what is asked for.</p>}
      {wanted.length > shown && (
        <p>
          <button type="button" onClick={() => setShown(shown + SHOWN_MORE)}>
            Show {count(Math.min(SHOWN_MORE, wanted.length - shown))} more of {count(wanted.length)}
          </button>
        </p>
      )}
    </>
  );
}

function VersionRow({
  asset,
  version,
  marks,
  choose,
  reload,
}: {
  asset: AssetDetail;
  version: VersionSummary;
  /** Those to compare; undefined where there is nothing to compare with. */
  marks: readonly string[] | undefined;
  choose: (key: string) => void;
  reload: () => void;
}): React.JSX.Element {
  const { kind, id, dag_id } = asset;
  const { key, state } = version;
  const said = [...version.warnings, ...version.stale];
  return (
    <tr className={state === 'missing' ? 'missing' : ''}>
      {marks && (
        <td>
          {STANDS.includes(state) && (
            <input
              type="checkbox"
              aria-label={`compare ${key}`}
              checked={marks.includes(key)}
              onChange={() => choose(key)}
            />
          )}
        </td>
      )}
      <td className="short">
        {STANDS.includes(state) ? <a href={hrefOf({ page: 'version', kind, id, key })}>{key}</a> : key}{' '}
        {version.is_latest && <span className="tag">latest</span>}
      </td>
      <td title={said.join('\n')}>
        <State state={state} /> {said.length > 0 && <span className="warns wide">{said[0]}</span>}{' '}
        {TO_MAKE.includes(state) && (
          <Materialize assets={[asset]} versions={[key]} onEnd={reload} className="small">
            {state === 'failed' ? 'Retry…' : 'Materialize…'}
          </Materialize>
        )}
      </td>
      <td className="short" title={moment(version.created)}>
        {age(version.created)}
      </td>
      <td className="number">
        {count(version.rows)} <span className="quiet">{change(version.rows, version.rows_before)}</span>
      </td>
      <td className="number wide">{bytes(version.bytes)}</td>
      <td className="number wide">{seconds(version.seconds)}</td>
      {isInAirflow() && (
        <td className="wide">
          <a
            href={airflowPage(
              `dags/${encodeURIComponent(dag_id)}/runs?partition_key_pattern=${encodeURIComponent(key)}`,
            )}
          >
            <span className="hidden">{key}: </span>runs
          </a>
        </td>
      )}
    </tr>
  );
}
