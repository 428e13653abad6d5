import { createServer } from 'node:net';
import { LifecycleError } from '../errors.ts';

/** Everything of ours listens on this address only. */
export const LOOPBACK = '127.0.0.1';
export const DEFAULT_PORT = 8080;

/** Listens on the port for a moment. Answers with the port, or undefined when somebody else has it. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(undefined) : reject(error),
    );
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

/** A port that nobody listens on, chosen by the system. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === undefined) throw new LifecycleError('AIR_PORT_TAKEN', 'the system gave no free port');
  return port;
}

/**
 * The port for the web server: the wanted one, or, when nobody asked for a particular one and the default is taken,
 * a free one.
 *
 * @throws LifecycleError AIR_PORT_TAKEN when the wanted port is taken
 */
export async function choosePort(wanted: number | undefined): Promise<{ port: number; defaultTaken: boolean }> {
  const port = await tryPort(wanted ?? DEFAULT_PORT);
  if (port !== undefined) return { port, defaultTaken: false };
  if (wanted !== undefined) {
    throw new LifecycleError('AIR_PORT_TAKEN', `port ${wanted} on ${LOOPBACK} is taken by another program`, {
      hint: 'choose another with --port, or leave --port away to get a free one',
    });
  }
  return { port: await freePort(), defaultTaken: true };
}
