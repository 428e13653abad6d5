import { readFile } from 'node:fs/promises';
import { LifecycleError } from '../errors.ts';
import { formatJson } from '../store/files.ts';
import { writePrivately } from './secrets.ts';

/** Which of a server's variables are its own business: a worker has other logs, another process and no web page. */
const OF_THE_SERVER_ALONE = [
  'AIRFLOW__API__HOST',
  'AIRFLOW__API__PORT',
  'AIRFLOW__API__WORKERS',
  'AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS',
  'AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE',
];
/** Settings of Airflow whose values open something, by the end of their names; URLs of databases hold passwords. */
const SECRET = /(?:KEY|SECRET|PASSWORD|TOKEN|_CONN|RESULT_BACKEND|BROKER_URL)$/;

export function isSecretSetting(name: string): boolean {
  return SECRET.test(name);
}

/**
 * Keeps what a server runs with, for workers that are set up later; these reach it by another URL. Only its owner
 * reads it.
 */
export async function writeServerEnvironment(
  file: string,
  configuration: Readonly<Record<string, string>>,
  executionUrl: string,
): Promise<void> {
  await writePrivately(file, formatJson({ ...configuration, AIRFLOW__CORE__EXECUTION_API_SERVER_URL: executionUrl }));
}

/** What a worker of the server needs, as the server runs or last ran. @throws LifecycleError AIR_NOT_RUNNING */
export async function workerEnvironment(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new LifecycleError('AIR_NOT_RUNNING', `no server has run here yet: ${file} is not there`, {
      cause,
      hint: 'run `lifecycle airflow start` once, with the settings that the workers are to share',
    });
  });
  const all = Object.entries(settingsIn(text, file));
  return Object.fromEntries(all.filter(([name]) => !OF_THE_SERVER_ALONE.includes(name)));
}

function settingsIn(text: string, file: string): Record<string, string> {
  try {
    const settings: unknown = JSON.parse(text);
    if (settings !== null && typeof settings === 'object' && !Array.isArray(settings)) {
      if (Object.values(settings).every((value) => typeof value === 'string'))
        return settings as Record<string, string>;
    }
  } catch {
    // Told below, without the parser's message, which quotes the text.
  }
  throw new LifecycleError('AIR_NOT_RUNNING', `${file} is damaged: what the last server ran with cannot be told`, {
    hint: 'run `lifecycle airflow start` once, which writes it anew',
  });
}

/**
 * Lines of NAME=value as a shell (`set -a; . FILE`) and systemd (`EnvironmentFile=`) read them alike: a value that is not
 * plain stands between double quotes.
 */
export function environmentLines(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${quoted(value)}`);
}

function quoted(value: string): string {
  return /^[\w./:@%+=,-]*$/.test(value) ? value : `"${value.replace(/["\\$`]/g, '\\$&')}"`;
}
