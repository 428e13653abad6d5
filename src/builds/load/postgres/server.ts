import pg from 'pg';
import { LifecycleError } from '../../../errors.ts';
import { describeTarget, type PostgresTarget } from './target.ts';

/** @throws LifecycleError BLD_ENGINE_UNREACHABLE */
export async function connect(target: PostgresTarget): Promise<pg.Client> {
  const client = new pg.Client({ ...target, application_name: 'lifecycle', connectionTimeoutMillis: 15_000 });
  // A connection that breaks while nobody waits for it must not end the process.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw new LifecycleError('BLD_ENGINE_UNREACHABLE', `PostgreSQL's ${describeTarget(target)} cannot be reached`, {
      cause,
      hint: 'check BUILD_ENGINE_SERVER and BUILD_ENGINE_DB; the database must exist',
    });
  }
  return client;
}
