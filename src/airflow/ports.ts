import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { LifecycleError } from '../errors.ts';

/** Everything of ours listens on this address only; the web server on another, where that is asked for. */
export const LOOPBACK = '127.0.0.1';
/** What stands for every address of the machine. */
const EVERYWHERE = ['0.0.0.0', '::', '*'];

/** Where the web server listens, in the words of a URL: for us, and for people on other machines. */
export function addressesOf(host: string): { local: string; fromElsewhere: string; isOpen: boolean } {
  const isOpen = host !== 'localhost' && host !== '::1' && !host.startsWith('127.');
  if (EVERYWHERE.includes(host)) return { local: LOOPBACK, fromElsewhere: hostname(), isOpen };
  const inUrl = host.includes(':') ? `[${host}]` : host;
  return { local: inUrl, fromElsewhere: inUrl, isOpen };
}
export const DEFAULT_PORT = 8080;

/** Listens on the port for a moment. Answers with the port, or undefined when somebody else has it. */
function tryPort(port: number, host = LOOPBACK): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(undefined) : reject(noAddress(host, error)),
    );
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

function noAddress(host: string, cause: Error): LifecycleError {
  return new LifecycleError('LIF_USAGE', `${JSON.stringify(host)} is no address of this machine`, {
    cause,
    hint: 'use --host 0.0.0.0 for all of them, or one that `ip address` shows',
  });
}

/** A port that nobody listens on, chosen by the system. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === undefined) throw new LifecycleError('AIR_PORT_TAKEN', 'the system gave no free port');
  return port;
}

/**
 * A port of an address: the wanted one, or, when nobody asked for a particular one, that of last time, so that addresses
 * that people have kept go on working, else the default, else a free one.
 *
 * @throws LifecycleError AIR_PORT_TAKEN when the wanted port is taken; LIF_USAGE for an address that is not ours
 */
export async function choosePort(
  wanted: number | undefined,
  host = LOOPBACK,
  last?: number,
): Promise<{ port: number; defaultTaken: boolean }> {
  const candidates = wanted === undefined ? [last, DEFAULT_PORT] : [wanted];
  for (const candidate of candidates) {
    const port = candidate === undefined ? undefined : await tryPort(candidate, host);
    if (port !== undefined) return { port, defaultTaken: false };
  }
  if (wanted !== undefined) {
    throw new LifecycleError('AIR_PORT_TAKEN', `port ${wanted} on ${host} is taken by another program`, {
      hint: 'choose another with --port, or leave --port away to get a free one',
    });
  }
  return { port: await freePort(), defaultTaken: true };
}

/** The port of the last server on an Airflow home. */
export async function lastPort(file: string): Promise<number | undefined> {
  const port = Number(await readFile(file, 'utf8').catch(() => ''));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
