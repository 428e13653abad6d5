import { LifecycleError } from '../../errors.ts';
import { rememberSecrets } from '../../masking/output.ts';
import type { Settings } from '../../settings/settings.ts';
import { airflowConnection } from '../credentials.ts';
import { type HttpRequest, parseUrl } from './client.ts';

/** The Airflow connection that holds what a host asks for. */
function hostConnection(hostname: string): string {
  return `lifecycle_http_${hostname.replace(/[^A-Za-z0-9]+/g, '_')}`;
}

/**
 * A request to a host, with the user, password, headers and parameters that its Airflow connection gives: so that none of
 * them stands in a template. Headers go to that host alone, whatever it redirects to.
 *
 * @throws LifecycleError SRC_ARGUMENTS, SRC_CREDENTIALS
 */
export function withHostCredentials(url: string, settings: Settings): { url: string; request: HttpRequest } {
  const target = parseUrl(url);
  const id = hostConnection(target.hostname);
  const connection = airflowConnection(id, settings);
  if (!connection) return { url, request: {} };
  const { login, password, extra } = connection;
  const headers = textMap(extra.headers, id, 'headers');
  const query = textMap(extra.query, id, 'query');
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
  const basic = login || password ? Buffer.from(`${login ?? ''}:${password ?? ''}`).toString('base64') : undefined;
  const secrets = [password, basic, ...Object.values(headers), ...Object.values(query)].filter(
    (value) => value !== undefined,
  );
  rememberSecrets(secrets, 'environment');
  const given = { ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }), ...headers };
  return {
    url: Object.keys(query).length === 0 ? url : target.href,
    // Asked for at the origin of the first request only.
    request: { sign: async () => given, secrets },
  };
}

function textMap(value: unknown, id: string, name: string): Record<string, string> {
  let map: unknown = value ?? {};
  try {
    if (typeof map === 'string') map = JSON.parse(map) as unknown;
  } catch {
    map = undefined;
  }
  const entries = typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : undefined;
  if (entries?.every(([, text]) => typeof text === 'string' || typeof text === 'number')) {
    return Object.fromEntries(entries.map(([key, text]) => [key, String(text)]));
  }
  throw new LifecycleError('SRC_CREDENTIALS', `\`${name}\` of the Airflow connection ${id} is no map of texts`, {
    hint: `write "extra": {"${name}": {"NAME": "VALUE"}}`,
  });
}
