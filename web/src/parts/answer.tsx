import type * as React from 'react';
import { type Answer, Refused } from '../client.ts';

/** What is shown while an answer is on its way, and where it is a refusal. */
export function Answered<T>({
  answer,
  children,
}: {
  answer: Answer<T>;
  children: (value: T, reload: () => void) => React.ReactNode;
}): React.ReactNode {
  if (answer.state === 'waiting') return <Waiting />;
  if (answer.state === 'refused') {
    return (
      <Trouble error={answer.error}>
        <button type="button" onClick={answer.reload}>
          Try again
        </button>
      </Trouble>
    );
  }
  return (
    <>
      {answer.failing && (
        <p className="notice warns" role="status">
          What is shown may be old: {answer.failing.message}
        </p>
      )}
      {children(answer.value, answer.reload)}
    </>
  );
}

/** Appears after a moment only: most answers are here before. */
export function Waiting({ children = 'One moment …' }: { children?: React.ReactNode }): React.JSX.Element {
  return (
    <p className="quiet waiting" role="status">
      {children}
    </p>
  );
}

/** A refusal, with what to do about it. */
export function Trouble({ error, children }: { error: Error; children?: React.ReactNode }): React.JSX.Element {
  const isOurs = error instanceof Refused;
  return (
    <div className="notice problem" role="alert">
      <p>
        {error.message} {isOurs && <code>{error.code}</code>}
      </p>
      {isOurs && error.hint !== null && <p className="hint">{error.hint}</p>}
      {children}
    </div>
  );
}
