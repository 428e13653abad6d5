import type * as React from 'react';
import type { Kind } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';

export function DiffPage({ id, a, b }: { kind: Kind; id: string; a: string; b: string }): React.JSX.Element {
  const asked = new URLSearchParams({ a: `${id}@${a}`, b: `${id}@${b}` });
  const answer = useAnswer<Record<string, unknown>>(`api/diff?${asked}`);
  return <Answered answer={answer}>{(diff) => <pre>{JSON.stringify(diff, null, 2)}</pre>}</Answered>;
}
