import { LifecycleError } from '../../../errors.ts';

/** Where a build's PostgreSQL is. */
export interface PostgresTarget {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The server of BUILD_ENGINE_SERVER and the database of BUILD_ENGINE_DB; undefined when no server is set.
 *
 * @throws LifecycleError BLD_ENGINE_SETTINGS
 */
export function postgresTarget(env: Environment): PostgresTarget | undefined {
  const server = env.BUILD_ENGINE_SERVER;
  if (!server) return undefined;
  let url: URL;
  try {
    url = new URL(server);
  } catch {
    throw badServer();
  }
  if (!['postgresql:', 'postgres:'].includes(url.protocol) || url.hostname === '') throw badServer();
  const database = env.BUILD_ENGINE_DB || decodeURIComponent(url.pathname.replace(/^\//, ''));
  if (!database) {
    throw new LifecycleError('BLD_ENGINE_SETTINGS', 'BUILD_ENGINE_SERVER is set, but no BUILD_ENGINE_DB', {
      hint: "set BUILD_ENGINE_DB to the database's name, in the environment or in the recipe's env",
    });
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
}

function badServer(): LifecycleError {
  return new LifecycleError('BLD_ENGINE_SETTINGS', 'BUILD_ENGINE_SERVER is no address of a PostgreSQL server', {
    hint: 'write it as postgresql://user:password@host:port',
  });
}

/** As people see it, without the password. */
export function describeTarget({ host, port, database }: PostgresTarget): string {
  return `${database} on ${host}:${port}`;
}
