import * as React from 'react';
import { ask } from '../client.ts';
import { Trouble } from './answer.tsx';

/** A button that asks once more before it does something, and says why it could not. */
export function Act({
  label,
  question,
  path,
  options,
  onDone,
  className = '',
}: {
  label: string;
  question: string;
  path: string;
  options: RequestInit;
  onDone: () => void;
  className?: string;
}): React.JSX.Element {
  const dialog = React.useRef<HTMLDialogElement>(null);
  const [error, setError] = React.useState<Error>();
  const [isBusy, setBusy] = React.useState(false);
  const act = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await ask(path, options);
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
      <button type="button" className={className} onClick={() => dialog.current?.showModal()}>
        {label}
      </button>
      <dialog ref={dialog} aria-label={label} onClose={() => setError(undefined)}>
        <form onSubmit={act}>
          <p>{question}</p>
          {error && <Trouble error={error} />}
          <p className="bar end">
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="submit" className="primary" disabled={isBusy}>
              {label}
            </button>
          </p>
        </form>
      </dialog>
    </>
  );
}

type Place = { kind: string; id: string; key: string };
const addressOf = ({ kind, id }: Place) => `api/assets/${kind}/${encodeURIComponent(id)}`;

/** Makes `latest` name this version, also where that is a step back. */
export function MakeLatest({ place, onDone }: { place: Place; onDone: () => void }): React.JSX.Element {
  return (
    <Act
      label="Make latest"
      question={`Shall latest of ${place.id} name ${place.key}? Builds that ask for the latest take it from then on.`}
      path={`${addressOf(place)}/latest`}
      options={{
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ version: place.key }),
      }}
      onDone={onDone}
    />
  );
}

/** Takes a version out of the store, unless a lock needs it. */
export function Remove({ place, onDone }: { place: Place; onDone: () => void }): React.JSX.Element {
  return (
    <Act
      label="Remove"
      question={`Remove ${place.key} of ${place.id}, with its files? It is gone for good.`}
      path={`${addressOf(place)}/versions/${encodeURIComponent(place.key)}`}
      options={{ method: 'DELETE' }}
      onDone={onDone}
    />
  );
}
