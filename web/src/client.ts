import { useEffect, useState } from 'react';
import type { Problem } from '../../src/serve/api.ts';

let base = new URL('.', document.baseURI);

/** Where the server of the store answers; without a word of it, beside the page. */
export function answersAt(url: URL): void {
  base = url;
}

export const urlOf = (path: string): string => new URL(path, base).href;

/** A refusal of the server, as the command line says it. */
export class Refused extends Error {
  readonly code: string;
  readonly hint: string | null;
  constructor({ error }: Problem) {
    super(error.message);
    this.code = error.code;
    this.hint = error.hint;
  }
}

/** @throws Refused */
export async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  const response = await fetch(urlOf(path), { credentials: 'same-origin', ...options });
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  if (problem?.error) throw new Refused(problem);
  const hint = response.status === 401 ? 'Log in, then load the page again.' : null;
  throw new Refused({ error: { code: `HTTP ${response.status}`, message: response.statusText || 'no answer', hint } });
}

export type Answer<T> =
  | { state: 'waiting' }
  | { state: 'here'; value: T; reload: () => void }
  | { state: 'refused'; error: Error; reload: () => void };

/** The answer to a question that is asked again when it is another, and every so many seconds while the page is seen. */
export function useAnswer<T>(path: string | undefined, everySeconds?: number): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T> & { path?: string }>({ state: 'waiting' });
  const [_turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    const reload = () => setTurn((n) => n + 1);
    ask<T>(path, { signal: stop.signal }).then(
      (value) => setAnswer({ state: 'here', value, reload, path }),
      (error: Error) => {
        if (!stop.signal.aborted) setAnswer({ state: 'refused', error, reload, path });
      },
    );
    return () => stop.abort();
  }, [path]);
  useEffect(() => {
    if (everySeconds === undefined) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setTurn((n) => n + 1);
    }, everySeconds * 1000);
    return () => clearInterval(timer);
  }, [everySeconds]);
  return answer.path === path ? answer : { state: 'waiting' };
}
