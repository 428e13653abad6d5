import { LifecycleError } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';

/** What an Airflow connection holds, as far as sources use it. */
export interface Connection {
  host: string | undefined;
  port: number | undefined;
  login: string | undefined;
  password: string | undefined;
  extra: Readonly<Record<string, unknown>>;
}

/**
 * The Airflow connection `id`, taken from `AIRFLOW_CONN_<ID>` as Airflow itself reads it: a URI, or JSON.
 * @throws LifecycleError SRC_CREDENTIALS when the variable is there and cannot be read; its value is not shown
 */
export function airflowConnection(id: string, settings: Settings): Connection | undefined {
  const variable = `AIRFLOW_CONN_${id.toUpperCase()}`;
  const text = settings.env[variable]?.trim();
  if (!text) return undefined;
  const connection = text.startsWith('{') ? fromJson(text) : fromUri(text);
  if (connection) return connection;
  throw new LifecycleError('SRC_CREDENTIALS', `${variable} is neither a connection URI nor JSON`, {
    hint: 'write it as Airflow does: scheme://login:password@host:port/?name=value, or {"login": …, "password": …}',
  });
}

function fromJson(text: string): Connection | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { host, port, login, password, extra } = value;
  return {
    host: textOf(host),
    port: port === undefined || port === null ? undefined : Number(port),
    login: textOf(login),
    password: textOf(password),
    extra: extraOf(extra),
  };
}

/** Airflow's form of a URI, which no URL parser takes: schemes with underscores, a login without a host. */
const CONNECTION_URI =
  /^[A-Za-z][A-Za-z0-9_+.-]*:\/\/(?:([^:@/?]*)(?::([^@/?]*))?@)?([^:/?]*)(?::(\d+))?(?:\/[^?]*)?(?:\?(.*))?$/;

function fromUri(text: string): Connection | undefined {
  const match = CONNECTION_URI.exec(text);
  if (!match) return undefined;
  const [, login, password, host, port, query] = match;
  const { __extra__: nested, ...plain } = Object.fromEntries(new URLSearchParams(query ?? ''));
  return {
    host: decoded(host),
    port: port === undefined ? undefined : Number(port),
    login: decoded(login),
    password: decoded(password),
    extra: nested === undefined ? plain : extraOf(nested),
  };
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function extraOf(value: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  if (typeof value !== 'string' || value === '') return {};
  try {
    const parsed: unknown = JSON.parse(value);
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An extra field of a connection that must be text. */
export function extraText(connection: Connection | undefined, name: string): string | undefined {
  return textOf(connection?.extra[name]);
}

/** @returns an error that names the variables which would give what is missing */
export function missingCredentials(type: string, variables: readonly string[], connectionId: string): LifecycleError {
  return new LifecycleError('SRC_CREDENTIALS', `the ${type} source has no credentials`, {
    hint: `set ${variables.join(' and ')}, or the Airflow connection ${connectionId} (AIRFLOW_CONN_${connectionId.toUpperCase()})`,
  });
}
