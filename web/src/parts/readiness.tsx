import * as React from 'react';
import type { Readiness } from '../../../src/serve/api.ts';
import { isInAirflow, useAnswer } from '../client.ts';
import { hrefOf } from '../route.ts';
import { useMay } from '../session.tsx';
import { Answered, Trouble } from './answer.tsx';
import { Command } from './command.tsx';
import { type Run, RunState, startRun } from './runs.tsx';
import { State } from './strip.tsx';
import { lasting, plural } from './texts.ts';

type Input = Readiness['rows'][number];
const EVERY_SECONDS = 15;

/** What the next build would take, and one button that makes what it lacks and builds. */
export function Ready({ id, onBuilt }: { id: string; onBuilt: () => void }): React.JSX.Element {
  const [key, setKey] = React.useState('');
  const query = key === '' ? '' : `?key=${encodeURIComponent(key)}`;
  const path = `api/assets/builds/${encodeURIComponent(id)}/readiness${query}`;
  const answer = useAnswer<Readiness>(path, { everySeconds: EVERY_SECONDS, keep: true });
  const today = answer.state === 'here' ? answer.value.build?.partition_key : undefined;
  return (
    <section aria-labelledby="next">
      <h2 id="next">The next build</h2>
      <KeyOf today={today ?? ''} setKey={setKey} />
      <Answered answer={answer}>
        {(readiness, reload) => (
          <>
            <Summary readiness={readiness} />
            {readiness.build && (
              <Build
                // Another key is another build.
                key={readiness.build.partition_key}
                build={readiness.build}
                onEnd={() => {
                  reload();
                  onBuilt();
                }}
              />
            )}
            {readiness.rows.length > 0 && <Inputs rows={readiness.rows} />}
          </>
        )}
      </Answered>
    </section>
  );
}

/** The partition key that is asked about; another is taken when it has been typed. */
function KeyOf({ today, setKey }: { today: string; setKey: (key: string) => void }): React.JSX.Element {
  const [typed, setTyped] = React.useState<string>();
  const text = typed ?? today;
  const ask = () => typed !== undefined && setKey(typed.trim());
  return (
    <form
      className="bar"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <label>
        Partition key{' '}
        <input placeholder="today’s date" value={text} onChange={(e) => setTyped(e.target.value)} onBlur={ask} />
      </label>
    </form>
  );
}

function Summary({ readiness: { version, version_reason, ready, rows } }: { readiness: Readiness }) {
  const lacking = rows.filter(({ state }) => state !== 'ready').length;
  return (
    <p>
      <State state={ready ? 'ready' : 'lacking'}>
        {ready ? 'ready' : `lacks ${lacking} of ${plural(rows.length, 'input')}`}
      </State>{' '}
      version <b>{version}</b> <span className="quiet">({version_reason})</span>
    </p>
  );
}

function Inputs({ rows }: { rows: readonly Input[] }): React.JSX.Element {
  return (
    <div className="scroller fits">
      <table>
        <thead>
          <tr>
            {['Input', 'Version', 'Age', 'State', 'Why'].map((heading) => (
              <th key={heading} scope="col" className={['Age', 'Why'].includes(heading) ? 'wide' : ''}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, asset, version, age, state, reason, command }) => (
            <tr key={id}>
              <td>{asset ? <a href={hrefOf({ page: 'asset', ...asset })}>{id}</a> : id}</td>
              <td className="short">
                {asset && version !== null && HAS_PAGE.includes(state) ? (
                  <a href={hrefOf({ page: 'version', ...asset, key: version })}>{version}</a>
                ) : (
                  (version ?? '–')
                )}
              </td>
              <td className="wide short">{age === null ? '–' : (lasting(age) ?? 'just made')}</td>
              <td title={reason}>
                <State state={state === 'missing' ? 'lacking' : state}>{state}</State>
              </td>
              <td className="wide quiet">
                {reason} {command !== null && <Command>{command}</Command>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** States in which the version stands in the store. */
const HAS_PAGE: Input['state'][] = ['ready', 'stale'];

/** Starts one run, which makes first what is missing; without Airflow it shows the command. */
function Build({ build, onEnd }: { build: NonNullable<Readiness['build']>; onEnd: () => void }): React.JSX.Element {
  const mayStart = useMay().start;
  const [run, setRun] = React.useState<Run>();
  const [error, setError] = React.useState<Error>();
  const [isStarting, setStarting] = React.useState(false);
  const { dag_id: dag, partition_key, conf, command, makes, blocked_by: blocked } = build;
  const start = async () => {
    setStarting(true);
    setError(undefined);
    try {
      setRun(await startRun({ dag, versions: [partition_key], values: conf }));
    } catch (thrown) {
      setError(thrown as Error);
    } finally {
      setStarting(false);
    }
  };
  return (
    <>
      {mayStart && (
        <p className="bar">
          <button type="button" className="primary" onClick={start} disabled={isStarting}>
            {makes.length > 0 ? `Materialize what is missing (${makes.length}) and build` : `Build ${partition_key}`}
          </button>
          {run && (
            <span role="status">
              <RunState run={run} onEnd={onEnd} />
            </span>
          )}
        </p>
      )}
      {!isInAirflow() && (
        <p className="quiet">
          {makes.length > 0 ? 'Make what is missing and build: ' : 'Build it: '}
          <Command>{command}</Command>
        </p>
      )}
      {error && <Trouble error={error} />}
      {blocked.length > 0 && (
        <p className="notice warns">
          Nothing here makes what it lacks of {blocked.join(', ')}: the build stops, unless a source of the recipe has
          it.
        </p>
      )}
    </>
  );
}
