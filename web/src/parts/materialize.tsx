import * as React from 'react';
import type { AssetDetail, AssetRow } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { useKeptFocus } from '../kept-focus.ts';
import { useMay } from '../session.tsx';
import { Trouble, Waiting } from './answer.tsx';
import { changedValues, Fields, type Values } from './form.tsx';
import { type Run, RunState, startRun } from './runs.tsx';

export type ToMake = Pick<AssetRow, 'id' | 'dag_id' | 'kind'>;
type Outcome = { asset: ToMake; run?: Run; error?: Error };

/** A button and its dialog, which starts runs of what is chosen. Without Airflow, or for who may start none, it is not there. */
export function Materialize({
  assets,
  versions = [],
  children = 'Materialize…',
  className = 'primary',
  onEnd,
}: {
  assets: readonly ToMake[];
  /** What the dialog begins with. */
  versions?: readonly string[];
  children?: React.ReactNode;
  className?: string;
  onEnd?: () => void;
}): React.JSX.Element | null {
  const dialog = React.useRef<HTMLDialogElement>(null);
  const mayStart = useMay().start;
  const [isOpen, setOpen] = React.useState(false);
  React.useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  if (!mayStart) return null;
  return (
    <>
      <Opener className={className} onClick={() => setOpen(true)}>
        {children}
      </Opener>
      {isOpen && (
        <dialog ref={dialog} aria-label="Materialize" onClose={() => setOpen(false)}>
          <Dialog {...{ assets, versions, onEnd }} onClose={() => dialog.current?.close()} />
        </dialog>
      )}
    </>
  );
}

function Opener(of: Pick<React.ComponentProps<'button'>, 'className' | 'onClick' | 'children'>): React.JSX.Element {
  const button = React.useRef<HTMLButtonElement>(null);
  useKeptFocus(button);
  return <button ref={button} type="button" {...of} />;
}

function Dialog({
  assets,
  versions: first,
  onClose,
  onEnd,
}: {
  assets: readonly ToMake[];
  versions: readonly string[];
  onClose: () => void;
  onEnd?: (() => void) | undefined;
}): React.JSX.Element {
  const [only] = assets;
  const path = assets.length === 1 ? `api/assets/${only!.kind}/${encodeURIComponent(only!.id)}` : undefined;
  const detail = useAnswer<AssetDetail>(path);
  const [versions, setVersions] = React.useState(first.join('\n'));
  const [values, setValues] = React.useState<Values>({});
  const [outcomes, setOutcomes] = React.useState<readonly Outcome[]>([]);
  const [isStarting, setStarting] = React.useState(false);
  const form = detail.state === 'here' ? detail.value.form : [];
  const rest = form.filter(({ name }) => name !== 'versions');
  const wanted = [...new Set(versions.split(/[\s,]+/).filter(Boolean))];
  const bad = wanted.filter((version) => !patternIn(form).test(version));
  const tellsItself = detail.state === 'here' && detail.value.tells_version;

  const start = async (event: React.FormEvent) => {
    event.preventDefault();
    setStarting(true);
    const started = await Promise.all(
      assets.map(async (asset): Promise<Outcome> => {
        try {
          const run = await startRun({ dag: asset.dag_id, versions: wanted, values: changedValues(rest, values) });
          return { asset, run };
        } catch (error) {
          return { asset, error: error as Error };
        }
      }),
    );
    setOutcomes(started);
    setStarting(false);
  };
  return (
    <form onSubmit={start}>
      <h2>Materialize {assets.length === 1 ? only!.id : `${assets.length} assets`}</h2>
      {assets.length > 1 && <p className="quiet">{assets.map(({ id }) => id).join(', ')}</p>}
      <div className="field">
        <label>
          Versions, one a line
          <textarea
            rows={Math.min(8, Math.max(2, wanted.length + 1))}
            value={versions}
            aria-invalid={bad.length > 0}
            onChange={(e) => setVersions(e.target.value)}
          />
        </label>
        <span className="note">
          {tellsItself || assets.length > 1
            ? 'Without one the source tells its newest version, where it can.'
            : 'Such as 2024a; a run makes each of them.'}
        </span>
        {bad.length > 0 && <span className="problem">No version: {bad.join(', ')}</span>}
      </div>
      {detail.state === 'waiting' && path !== undefined && <Waiting />}
      {detail.state === 'refused' && <Trouble error={detail.error} />}
      <Fields {...{ form: rest, values, setValues }} />
      <ul className="plainlist" aria-live="polite">
        {outcomes.map(({ asset, run, error }) => (
          <li key={asset.dag_id}>
            {run && <RunState run={run} onEnd={onEnd} />}
            {error && <Trouble error={error} />}
          </li>
        ))}
      </ul>
      <p className="bar end">
        <button type="button" onClick={onClose}>
          Close
        </button>
        <button type="submit" className="primary" disabled={isStarting || bad.length > 0}>
          {wanted.length > 1 ? `Start ${wanted.length} versions` : 'Start'}
        </button>
      </p>
    </form>
  );
}

/** What a version looks like; all of it is looked at again by Airflow and by the command. */
function patternIn(form: AssetDetail['form']): RegExp {
  const items = form.find(({ name }) => name === 'versions')?.schema.items as { pattern?: string } | undefined;
  return new RegExp(items?.pattern ?? '^\\S{1,100}$', 'u');
}
