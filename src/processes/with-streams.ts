import type { ChildProcess } from 'node:child_process';

/**
 * A child just spawned whose output is to be read. Where too many files are open `spawn` gives one without streams, and
 * tells the error later: to nobody, if reading the streams has thrown before.
 *
 * @throws what the system says, where it gives no pipes
 */
export function withStreams<C extends ChildProcess>(child: C): C {
  // Node's types promise streams.
  if ((child.stdout as unknown) ?? undefined) return child;
  child.once('error', () => {});
  const message = `${child.spawnfile} could not be started: too many files are open`;
  throw Object.assign(new Error(message), { code: 'EMFILE', syscall: 'spawn' });
}
