import type { CommandContext } from '../cli/context.ts';
import type { ReadyServer } from './server.ts';

/** What a person sees once everything is up: where to look, how to log in, what to try. */
export async function welcome(_context: CommandContext, server: ReadyServer, _demo: boolean): Promise<string> {
  return [`Airflow: ${server.url}`, `login: ${server.username}`, `password: ${server.password}`].join('\n');
}
