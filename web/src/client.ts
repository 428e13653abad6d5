import { useCallback, useEffect, useState } from 'react';
import type { Problem } from '../../src/serve/api.ts';

let base = new URL('.', document.baseURI);
let where: 'alone' | 'airflow' = 'alone';

/** Where the server of the store answers; without a word of it, beside the page. */
export function answersAt(url: URL, place: typeof where): void {
  base = url;
  where = place;
}

export const urlOf = (path: string): string => new URL(path, base).href;
/** Whether Airflow is around the page: it starts runs, and its login decides. */
export const isInAirflow = (): boolean => where === 'airflow';
/** Airflow's own REST API: its permissions and its audit hold for what is started here. */
export const AIRFLOW = new URL('api/v2/', document.baseURI);
export const airflowPage = (path: string): string => new URL(path, document.baseURI).href;

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

const HINTS: Record<number, string> = {
  401: 'Log in, then load the page again.',
  403: 'Your account may look at this and not change it. Ask for the role that may.',
  503: 'It is started again by itself; try again in a moment.',
};

/** @throws Refused */
export async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  return askAt(urlOf(path), options);
}

/** @throws Refused with Airflow's own explanation */
export async function askAirflow<T>(url: URL, body?: unknown): Promise<T> {
  const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return askAt(url.href, body === undefined ? {} : sent);
}

async function askAt<T>(url: string, options: RequestInit): Promise<T> {
  const response = await fetch(url, { credentials: 'same-origin', ...options });
  const text = await response.text();
  const answer = jsonIn(text);
  if (response.ok) return answer as T;
  const { error, detail } = (answer ?? {}) as Partial<Problem> & { detail?: unknown };
  if (error?.message) throw new Refused({ error });
  const said = typeof detail === 'string' ? detail : detail === undefined ? text.slice(0, 300) : explained(detail);
  const message = said || response.statusText || 'no answer';
  throw new Refused({ error: { code: `HTTP ${response.status}`, message, hint: HINTS[response.status] ?? null } });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Airflow explains itself in an object with a reason, or in a list of what is wrong with each value. */
function explained(detail: unknown): string {
  if (Array.isArray(detail)) return detail.map((each: { msg?: string }) => each.msg ?? JSON.stringify(each)).join('; ');
  return JSON.stringify(detail);
}

export type Answer<T> =
  | { state: 'waiting' }
  /** `failing`: it could not be asked again since. `isOld`: the answer to the question before, while this one is asked. */
  | { state: 'here'; value: T; reload: () => void; failing?: Error; isOld?: boolean }
  | { state: 'refused'; error: Error; reload: () => void };

/**
 * The answer to a question that is asked again when it is another, and every so many seconds while the page is seen.
 *
 * @param options.keep shows the answer before until the new one is here
 */
export function useAnswer<T>(
  path: string | undefined,
  { everySeconds, keep = false }: { everySeconds?: number; keep?: boolean } = {},
): Answer<T> {
  const [answer, setAnswer] = useState<{ path?: string | undefined; value?: T; error?: Error }>({});
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks again
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    ask<T>(path, { signal: stop.signal }).then(
      (value) => setAnswer({ path, value }),
      (error: Error) => {
        if (stop.signal.aborted) return;
        setAnswer((before) =>
          before.path === path && before.value !== undefined ? { ...before, error } : { path, error },
        );
      },
    );
    return () => stop.abort();
  }, [path, turn]);
  useEffect(() => {
    if (everySeconds === undefined) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everySeconds * 1000);
    return () => clearInterval(timer);
  }, [everySeconds, reload]);
  const isOld = answer.path !== path;
  if (answer.value !== undefined && (!isOld || keep)) {
    const failing = answer.error === undefined ? {} : { failing: answer.error };
    return { state: 'here', value: answer.value, reload, ...failing, isOld };
  }
  if (answer.error !== undefined && !isOld) return { state: 'refused', error: answer.error, reload };
  return { state: 'waiting' };
}
