import type { Reporter } from '../report.ts';
import { type HealthReport, unhealthyParts } from './health.ts';

const LOOK_EVERY_MS = 10_000;
/** Longer than a start takes, and than a machine stands still that has too much to do. */
const PATIENCE_MS = 120_000;

/** What the health page calls the database is a component of ours under this name, if it is ours. */
const COMPONENT_OF: Readonly<Record<string, string>> = { database: 'postgres' };
/** While one of these is not well, nothing can be told of the others. */
const FOUNDATIONS = ['api-server', 'database'];

export interface HealthWatch {
  read: () => Promise<HealthReport | undefined>;
  /** Ends a component, so that it is started anew. */
  restart: (component: string, reason: string) => Promise<void>;
  reporter: Reporter;
  everyMs?: number;
  patienceMs?: number;
}

/**
 * Restarts what runs and does not work: a component that answers no health check for two minutes. One that ends by itself
 * needs nobody to look. Gives the function that ends the watch.
 */
export function watchHealth(watch: HealthWatch): () => void {
  const { read, restart, reporter, everyMs = LOOK_EVERY_MS, patienceMs = PATIENCE_MS } = watch;
  const since = new Map<string, number>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    const unhealthy = unhealthyParts(await read());
    const foundations = unhealthy.filter((part) => FOUNDATIONS.includes(part));
    const sick = foundations.length > 0 ? foundations : unhealthy;
    for (const part of since.keys()) if (!sick.includes(part)) since.delete(part);
    for (const part of sick) {
      // Not by the clock of the day, which jumps when a laptop wakes up.
      const now = performance.now();
      const begun = since.get(part) ?? now;
      since.set(part, begun);
      if (stopped || now - begun < patienceMs) continue;
      since.delete(part);
      await restart(COMPONENT_OF[part] ?? part, `no answer to a health check for ${Math.round(patienceMs / 1000)} s`);
    }
  };
  const again = () => {
    timer = setTimeout(() => {
      look()
        .catch((error: Error) =>
          reporter.log('warning', 'the health of Airflow could not be looked at', { reason: error.message }),
        )
        .finally(() => {
          if (!stopped) again();
        });
    }, everyMs);
  };
  again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
