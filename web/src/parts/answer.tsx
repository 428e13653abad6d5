import type * as React from 'react';
import { type Answer, Refused } from '../client.ts';

/** What is shown while an answer is on its way, and where it is a refusal. */
export function Answered<T>({
  answer,
  children,
}: {
  answer: Answer<T>;
  children: (value: T) => React.ReactNode;
}): React.ReactNode {
  if (answer.state === 'waiting')
    return (
      <p className="quiet" role="status">
        …
      </p>
    );
  if (answer.state === 'here') return children(answer.value);
  const { error, reload } = answer;
  return (
    <div className="problem" role="alert">
      <p>
        {error instanceof Refused && <code>{error.code}</code>} {error.message}
      </p>
      {error instanceof Refused && error.hint !== null && <p>{error.hint}</p>}
      <button type="button" onClick={reload}>
        Try again
      </button>
    </div>
  );
}
