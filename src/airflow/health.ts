/** What Airflow says about one of its parts; `undefined` heartbeat means that it has never been seen. */
interface PartHealth {
  healthy: boolean;
  heartbeat: Date | undefined;
}

export const HEARTBEATS = ['scheduler', 'triggerer', 'dag_processor'] as const;
export type HealthReport = Record<'metadatabase' | (typeof HEARTBEATS)[number], PartHealth>;

type Answer = Record<string, Record<string, string | null> | undefined>;

/** Asks Airflow's health page; undefined while the web server does not answer. */
export async function readHealth(url: string, timeoutMs = 5_000): Promise<HealthReport | undefined> {
  let answer: Answer;
  try {
    const response = await fetch(`${url}/api/v2/monitor/health`, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return undefined;
    answer = (await response.json()) as Answer;
  } catch {
    return undefined;
  }
  const part = (name: string): PartHealth => {
    const heartbeat = answer[name]?.[`latest_${name}_heartbeat`];
    return {
      healthy: answer[name]?.status === 'healthy',
      heartbeat: heartbeat ? new Date(heartbeat) : undefined,
    };
  };
  return {
    metadatabase: part('metadatabase'),
    scheduler: part('scheduler'),
    triggerer: part('triggerer'),
    dag_processor: part('dag_processor'),
  };
}

/**
 * The parts that are not up, by name; empty when all are. A heartbeat from before `since` was left by an earlier
 * server: Airflow goes on calling that healthy for half a minute.
 */
export function unhealthyParts(report: HealthReport | undefined, since?: Date): string[] {
  if (!report) return ['api-server'];
  return [
    ...(report.metadatabase.healthy ? [] : ['database']),
    ...HEARTBEATS.filter((name) => {
      const { healthy, heartbeat } = report[name];
      return !healthy || !heartbeat || (since !== undefined && heartbeat < since);
    }).map((name) => name.replace('_', '-')),
  ];
}
