import type * as React from 'react';
import type { Kind, VersionSummary } from '../../../src/serve/api.ts';
import { hrefOf } from '../route.ts';

/** The last versions as a row of marks, the newest on the right; each says its state also without colour. */
export function Strip({
  kind,
  id,
  versions,
}: {
  kind: Kind;
  id: string;
  versions: readonly Pick<VersionSummary, 'key' | 'state'>[];
}): React.JSX.Element {
  return (
    <span className="strip">
      {versions.toReversed().map(({ key, state }) => (
        <a
          key={key}
          href={hrefOf({ page: 'version', kind, id, key })}
          className={`mark ${state}`}
          title={`${key}: ${state}`}
          tabIndex={-1}
        >
          <span className="hidden">
            {key}: {state}
          </span>
        </a>
      ))}
    </span>
  );
}

export function State({ state }: { state: string }): React.JSX.Element {
  return <span className={`state ${state}`}>{state}</span>;
}
