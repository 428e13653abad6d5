import type * as React from 'react';
import { useAnswer } from '../client.ts';
import { Answered } from './answer.tsx';

/** What the profile says of each column. */
export function Columns({ reference }: { reference: string }): React.JSX.Element {
  const answer = useAnswer<Record<string, unknown>>(`api/profile?ref=${encodeURIComponent(reference)}`);
  return <Answered answer={answer}>{(profile) => <pre>{JSON.stringify(profile, null, 2)}</pre>}</Answered>;
}
