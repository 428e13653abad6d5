import * as React from 'react';
import { ask } from '../client.ts';
import { useKeptFocus } from '../kept-focus.ts';
import { useMay } from '../session.tsx';
import { Trouble } from './answer.tsx';

/** A button that asks once more before it does something, for the reason as well where one is kept, and says why it could not. */
export function Act({
  label,
  question,
  path,
  options,
  reason: wanted,
  onDone,
  className = '',
}: {
  label: string;
  question: string;
  path: string;
  options: RequestInit;
  /** What a person is asked to write; it is sent as `reason`. */
  reason?: string;
  onDone: () => void;
  className?: string;
}): React.JSX.Element {
  const dialog = React.useRef<HTMLDialogElement>(null);
  const button = React.useRef<HTMLButtonElement>(null);
  useKeptFocus(button);
  const [reason, setReason] = React.useState('');
  const [error, setError] = React.useState<Error>();
  const [isBusy, setBusy] = React.useState(false);
  const act = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await ask(path, wanted === undefined ? options : { ...options, body: JSON.stringify({ reason }) });
      dialog.current?.close();
      onDone();
    } catch (thrown) {
      setError(thrown as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button ref={button} type="button" className={className} onClick={() => dialog.current?.showModal()}>
        {label}
      </button>
      <dialog ref={dialog} aria-label={label} onClose={() => setError(undefined)}>
        <form onSubmit={act}>
          <p>{question}</p>
          {wanted !== undefined && (
            <label className="field">
              {wanted}
              <textarea required rows={3} maxLength={1000} value={reason} onChange={(e) => setReason(e.target.value)} />
            </label>
          )}
          {error && <Trouble error={error} />}
          <p className="bar end">
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button
              type="submit"
              className="primary"
              disabled={isBusy || (wanted !== undefined && reason.trim() === '')}
            >
              {label}
            </button>
          </p>
        </form>
      </dialog>
    </>
  );
}

const SENT = { method: 'POST', headers: { 'content-type': 'application/json' } };
type Place = { kind: string; id: string; key: string };
const addressOf = ({ kind, id }: Place) => `api/assets/${kind}/${encodeURIComponent(id)}`;

/** Makes `latest` name this version, also where that is a step back. */
export function MakeLatest({ place, onDone }: { place: Place; onDone: () => void }): React.ReactNode {
  if (!useMay().change) return null;
  return (
    <Act
      label="Make latest"
      question={`Shall latest of ${place.id} name ${place.key}? Builds that ask for the latest take it from then on.`}
      path={`${addressOf(place)}/latest`}
      options={{ ...SENT, body: JSON.stringify({ version: place.key }) }}
      onDone={onDone}
    />
  );
}

/** Lets a version that failed a check be used, and keeps why. */
export function Release({ place, onDone }: { place: Place; onDone: () => void }): React.ReactNode {
  if (!useMay().change) return null;
  return (
    <Act
      label="Release"
      question={`Release ${place.key} of ${place.id} from quarantine? Builds may take it from then on, and latest may name it.`}
      reason="Why may it be used all the same? Its record keeps this, with your name."
      path={`${addressOf(place)}/versions/${encodeURIComponent(place.key)}/release`}
      options={SENT}
      onDone={onDone}
      className="primary"
    />
  );
}

/** Takes a version out of the store, unless a lock needs it. */
export function Remove({ place, onDone }: { place: Place; onDone: () => void }): React.ReactNode {
  if (!useMay().remove) return null;
  return (
    <Act
      label="Remove"
      question={`Remove ${place.key} of ${place.id}, with its files? It is gone for good.`}
      path={`${addressOf(place)}/versions/${encodeURIComponent(place.key)}`}
      options={{ method: 'DELETE' }}
      className="danger"
      onDone={onDone}
    />
  );
}
