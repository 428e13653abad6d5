import { lstat, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { LifecycleError } from '../errors.ts';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { storeLayout } from '../store/layout.ts';
import { Actions } from './actions.ts';
import { makeApp } from './app.ts';
import { Assets } from './assets.ts';
import { Comparisons } from './compare.ts';
import { ManyRecords } from './many-records.ts';
import { ProjectView } from './project-view.ts';
import { readinessOf } from './readiness.ts';
import { RecordIndex } from './record-index.ts';
import { sessionOf } from './session.ts';
import { Staleness } from './staleness.ts';
import { Tables } from './tables.ts';
import { Turns } from './turns.ts';
import { Versions } from './versions.ts';

export interface ServeOptions {
  settings: Settings;
  reporter: Reporter;
  token: string;
  /** A socket that the user alone may open, or a port of the loopback address, 0 for a free one. */
  listen: { socket: string } | { port: number };
  /** Absolute path of the folder with the built page; undefined for none. */
  page: string | undefined;
}

/** A server that answers. */
export interface Serving {
  /** Without the token; the path of the socket where there is one. */
  address: string;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** @throws LifecycleError LIF_USAGE where another listens there */
export async function startServing({ settings, reporter, token, listen, page }: ServeOptions): Promise<Serving> {
  const index = await RecordIndex.open(path.join(storeLayout(settings.storeDir).cache, 'index.sqlite'));
  const many = new ManyRecords();
  const staleness = new Staleness(settings);
  const turns = new Turns();
  const tables = new Tables(settings, turns);
  const close = async () => {
    staleness.close();
    await tables.close();
    await many.close();
    await index.close();
  };
  try {
    const view = new ProjectView(settings);
    const assets = new Assets(settings, view, index, { many, staleness, inAirflow: 'socket' in listen });
    let port = 0;
    const app = await makeApp({
      answers: {
        ...{ assets, tables, versions: new Versions(settings, assets, tables) },
        comparisons: new Comparisons(settings, tables.scope, { turns, sessions: tables.sessions }),
        actions: new Actions(settings, view),
        session: (request) => sessionOf(request, 'socket' in listen),
        readiness: (product, key, signal) => readinessOf(settings, view, product, key, signal),
      },
      access: { token, browser: 'socket' in listen ? undefined : { port: () => port } },
      page,
      onDefect: (error) => reporter.error(error),
    });
    // Who asks first would wait for all that is read once: the project, the index that was kept, the code itself.
    const headers = { authorization: `Bearer ${token}`, host: `${LOOPBACK}:${port}` };
    await app.inject({ url: '/api/assets', headers });
    const address = await listening(app, listen);
    if ('port' in listen) port = Number(new URL(address).port);
    return {
      address,
      close: async () => {
        await app.close();
        await close();
        if ('socket' in listen) await rm(listen.socket, { force: true });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listening(app: FastifyInstance, listen: ServeOptions['listen']): Promise<string> {
  const where = 'socket' in listen ? listen.socket : `port ${listen.port}`;
  try {
    if ('port' in listen) return await app.listen({ host: LOOPBACK, port: listen.port });
    await removeDeadSocket(listen.socket);
    // A socket is there the moment it listens; nobody else may ever open it.
    const before = process.umask(0o177);
    try {
      await app.listen({ path: listen.socket });
    } finally {
      process.umask(before);
    }
    return listen.socket;
  } catch (cause) {
    if (cause instanceof LifecycleError) throw cause;
    throw new LifecycleError('LIF_USAGE', `${where} cannot be listened on: ${(cause as Error).message}`, {
      cause,
      hint: 'name another one, or end what listens there',
    });
  }
}

/** A server that was killed leaves its socket, at which nobody answers; anything else of that name stays. */
async function removeDeadSocket(file: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (!found?.isSocket() || (await answers(file))) return;
  await rm(file, { force: true });
}

function answers(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(file);
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
