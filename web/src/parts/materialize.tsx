import * as React from 'react';
import type { AssetRow } from '../../../src/serve/api.ts';

/** Where Airflow's own REST API is: its permissions and its audit hold for what is started here. */
const AIRFLOW = new URL('api/v2/', document.baseURI);

/** Starts runs of what is chosen, one version each; the versions are typed, one a line. */
export function Materialize({
  assets,
  inAirflow = true,
}: {
  assets: readonly Pick<AssetRow, 'id' | 'dag_id' | 'kind'>[];
  inAirflow?: boolean;
}): React.JSX.Element | null {
  const dialog = React.useRef<HTMLDialogElement>(null);
  const [told, setTold] = React.useState<readonly { dag: string; text: string; good: boolean }[]>([]);
  if (!inAirflow) return null;
  const start = async (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get('versions') ?? '');
    const versions = text.split(/\s+/).filter(Boolean);
    const answers = await Promise.all(
      assets.map(async ({ dag_id: dag }) => {
        const conf = versions.length > 1 ? { versions } : {};
        const response = await fetch(new URL(`dags/${encodeURIComponent(dag)}/dagRuns`, AIRFLOW), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          credentials: 'same-origin',
          body: JSON.stringify({
            logical_date: null,
            conf,
            ...(versions.length === 1 ? { partition_key: versions[0] } : {}),
          }),
        });
        const answer = (await response.json().catch(() => ({}))) as { dag_run_id?: string; detail?: unknown };
        const detail =
          typeof answer.detail === 'string' ? answer.detail : JSON.stringify(answer.detail ?? response.status);
        return { dag, good: response.ok, text: response.ok ? (answer.dag_run_id ?? '') : detail };
      }),
    );
    setTold(answers);
  };
  return (
    <>
      <button type="button" className="primary" onClick={() => dialog.current?.showModal()}>
        Materialize{assets.length > 1 ? ` ${assets.length}` : ''}…
      </button>
      <dialog ref={dialog} aria-label="Materialize" onClose={() => setTold([])}>
        <form onSubmit={start}>
          <p>{assets.map(({ id }) => id).join(', ')}</p>
          <label>
            Versions, one a line; none: the source tells it
            <textarea name="versions" rows={4} />
          </label>
          <p className="bar">
            <button type="submit" className="primary">
              Start
            </button>
            <button type="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </p>
          <ul role="status">
            {told.map(({ dag, text, good }) => (
              <li key={dag} className={good ? '' : 'warns'}>
                {good ? (
                  <a href={`${new URL('.', document.baseURI).href}dags/${dag}/runs/${encodeURIComponent(text)}`}>
                    {text}
                  </a>
                ) : (
                  `${dag}: ${text}`
                )}
              </li>
            ))}
          </ul>
        </form>
      </dialog>
    </>
  );
}
