import { LifecycleError } from '../errors.ts';

const TOO_MANY_REQUESTS = 429;

/** The status of an answer of Airflow. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof LifecycleError ? error.details?.status : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** Whether it is only that nobody can be asked at the moment: one that is started anew, or its database. */
export function isAway(error: unknown): error is LifecycleError {
  if (!(error instanceof LifecycleError)) return false;
  const status = statusOf(error) ?? 0;
  const isOverburdened = status >= 500 || status === TOO_MANY_REQUESTS;
  return error.code === 'AIR_UNREACHABLE' || (error.code === 'AIR_REFUSED' && isOverburdened);
}

/** Airflow's explanation in an error body: a text, an object with a reason, or pydantic's list. */
export function explanationIn(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    if (typeof detail === 'string') return detail;
    if (Array.isArray(detail)) return detail.map((entry: { msg?: string }) => entry.msg).join('; ');
    if (detail !== undefined) return JSON.stringify(detail);
  } catch {
    // Not JSON: a proxy's page, perhaps.
  }
  return body.slice(0, 300).trim();
}
