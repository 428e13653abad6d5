import * as React from 'react';
import type { AssetDetail, Readiness } from '../../../src/serve/api.ts';
import { isInAirflow, useAnswer } from '../client.ts';
import { hrefOf } from '../route.ts';
import { Answered, Trouble } from './answer.tsx';
import { type Run, RunState, startRun } from './runs.tsx';
import { State } from './strip.tsx';

type Input = Readiness['rows'][number];
const days = (n: number | null): string =>
  n === null ? '–' : `${Math.round(n)} ${Math.round(n) === 1 ? 'day' : 'days'}`;

/** What the next build would take, and one button for what it lacks. */
export function Ready({ id, upstream }: { id: string } & Pick<AssetDetail, 'upstream'>): React.JSX.Element {
  const answer = useAnswer<Readiness>(`api/assets/builds/${encodeURIComponent(id)}/readiness`, { everySeconds: 15 });
  return (
    <section aria-labelledby="next">
      <h2 id="next">The next build</h2>
      <Answered answer={answer}>
        {({ version, version_reason, ready, rows }, reload) => (
          <>
            <p>
              <State state={ready ? 'ready' : 'lacking'}>
                {ready
                  ? 'ready'
                  : `lacks ${rows.filter((row) => row.state !== 'ready').length} of ${rows.length} inputs`}
              </State>{' '}
              version <b>{version}</b> <span className="quiet">({version_reason})</span>
            </p>
            <MakeMissing rows={rows} onEnd={reload} />
            <div className="scroller fits">
              <table>
                <thead>
                  <tr>
                    {['Input', 'Version', 'Age', 'State', 'Why'].map((heading) => (
                      <th key={heading} scope="col" className={heading === 'Age' ? 'wide' : ''}>
                        {heading}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.id}>
                      <td>
                        <InputName row={row} upstream={upstream} />
                      </td>
                      <td>{row.version ?? '–'}</td>
                      <td className="wide">{days(row.age)}</td>
                      <td>
                        <State state={row.state === 'missing' ? 'lacking' : row.state}>{row.state}</State>
                      </td>
                      <td className="quiet">
                        {row.reason} {row.command !== null && <code>{row.command}</code>}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </Answered>
    </section>
  );
}

/** An input is a dataset; its template may have several, and another name. */
function InputName({ row, upstream }: { row: Input } & Pick<AssetDetail, 'upstream'>): React.ReactNode {
  const of = upstream.find(({ id }) => id === row.id || row.run?.dag_id === `ingest_${id}`);
  return of ? <a href={hrefOf({ page: 'asset', kind: of.kind, id: of.id })}>{row.id}</a> : row.id;
}

/** Starts a run for each input that lacks something. */
function MakeMissing({ rows, onEnd }: { rows: readonly Input[]; onEnd: () => void }): React.JSX.Element | null {
  const [started, setStarted] = React.useState<readonly { dag: string; run?: Run; error?: Error }[]>([]);
  // Several inputs may be datasets of one template, which one run makes.
  const mends = [
    ...new Map(
      rows
        .filter(({ state }) => !['ready', 'running'].includes(state))
        .flatMap(({ run }) => (run ? [[`${run.dag_id} ${run.version}`, run] as const] : [])),
    ).values(),
  ];
  if (!isInAirflow() || (mends.length === 0 && started.length === 0)) return null;
  const start = async () =>
    setStarted(
      await Promise.all(
        mends.map(async ({ dag_id: dag, version }) => {
          try {
            return { dag, run: await startRun({ dag, versions: version === null ? [] : [version] }) };
          } catch (error) {
            return { dag, error: error as Error };
          }
        }),
      ),
    );
  return (
    <>
      {mends.length > 0 && (
        <p>
          <button type="button" className="primary" onClick={start}>
            Materialize what is missing ({mends.length})
          </button>
        </p>
      )}
      <ul className="plainlist" aria-live="polite">
        {started.map(({ dag, run, error }) => (
          <li key={dag}>
            <b>{dag}</b> {run && <RunState run={run} onEnd={onEnd} />}
            {error && <Trouble error={error} />}
          </li>
        ))}
      </ul>
    </>
  );
}
