import type * as React from 'react';
import { count } from './texts.ts';

/** A button for each state that there is, with how many: one click narrows to it, another takes that back. */
export function StateChoice({
  states,
  order,
  chosen,
  choose,
}: {
  states: readonly string[];
  order: readonly string[];
  chosen: string | undefined;
  choose: (state: string | undefined) => void;
}): React.JSX.Element | null {
  const counts = Map.groupBy(states, (state) => state);
  if (counts.size < 2 && chosen === undefined) return null;
  return (
    <fieldset className="states" aria-label="State">
      {order
        .filter((state) => counts.has(state) || state === chosen)
        .map((state) => (
          <button
            key={state}
            type="button"
            className={`state ${state}`}
            aria-pressed={state === chosen}
            onClick={() => choose(state === chosen ? undefined : state)}
          >
            {state} {count(counts.get(state)?.length ?? 0)}
          </button>
        ))}
    </fieldset>
  );
}
