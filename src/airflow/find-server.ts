import { LifecycleError } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import type { Connection } from './client.ts';
import { homeLayout } from './configuration.ts';
import { ADMIN, readSecrets } from './secrets.ts';
import { runningServer } from './server-state.ts';

/** The server to talk to: the one that LIFECYCLE_AIRFLOW_URL names, else the one that runs on this project, if any. */
export async function serverOf(settings: Settings): Promise<Connection | undefined> {
  const { value } = settings;
  const url = value('LIFECYCLE_AIRFLOW_URL');
  if (url !== undefined) {
    return {
      url,
      username: value('LIFECYCLE_AIRFLOW_USER'),
      password: value('LIFECYCLE_AIRFLOW_PASSWORD'),
      token: value('LIFECYCLE_AIRFLOW_TOKEN'),
    };
  }
  const server = await runningServer(homeLayout(settings.airflowHome).state);
  if (!server) return undefined;
  const { adminPassword } = await readSecrets(settings.airflowHome);
  return { url: server.url, username: ADMIN, password: adminPassword };
}

/** The same, where there has to be one. @throws LifecycleError AIR_NOT_RUNNING */
export async function findServer(settings: Settings): Promise<Connection> {
  const server = await serverOf(settings);
  if (server) return server;
  throw new LifecycleError('AIR_NOT_RUNNING', `no Airflow server runs on ${settings.projectDir}`, {
    hint: 'start one with `lifecycle airflow start`, or name another in LIFECYCLE_AIRFLOW_URL',
  });
}
