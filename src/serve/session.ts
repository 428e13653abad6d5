import type { FastifyRequest } from 'fastify';
import { userName } from '../ingest/run-details.ts';
import type { Session } from './api.ts';

/** In which the server that stands in front says who asks, percent-encoded; it has asked them to log in. */
const PERSON = 'x-lifecycle-person';

/**
 * Who asks. Whoever shows the token may do all that there is to do; a server that stands in front judges first, and
 * answers by itself what a person may do there.
 *
 * @param isBehind whether such a server stands in front; from elsewhere its word is nobody's
 */
export function sessionOf({ headers }: Pick<FastifyRequest, 'headers'>, isBehind: boolean): Session {
  const named = isBehind ? decoded(headers[PERSON]) : '';
  return {
    person: named || userName(),
    airflow: isBehind,
    may: { change: true, remove: true, start: isBehind },
  };
}

function decoded(header: unknown): string {
  try {
    return decodeURIComponent(String(header ?? '')).trim();
  } catch {
    return '';
  }
}
