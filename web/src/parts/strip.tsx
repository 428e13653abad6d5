import type * as React from 'react';
import type { Kind, VersionSummary } from '../../../src/serve/api.ts';
import { hrefOf } from '../route.ts';

/** The last versions as a row of marks, the newest on the right. The table beside it says the same by keyboard. */
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
    <span className="strip" aria-hidden>
      {versions.toReversed().map(({ key, state }) => (
        <a
          key={key}
          href={hrefOf({ page: 'version', kind, id, key })}
          className={`mark ${state}`}
          title={`${key}: ${state}`}
          tabIndex={-1}
        >
          <span className="hidden">{key}</span>
        </a>
      ))}
    </span>
  );
}

export function State({ state, children = state }: { state: string; children?: React.ReactNode }): React.JSX.Element {
  return <span className={`state ${state}`}>{children}</span>;
}
