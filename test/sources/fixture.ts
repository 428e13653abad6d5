import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LifecycleError } from '../../src/errors.ts';
import type { Facts, Level, Reporter } from '../../src/report.ts';
import { settingsFrom } from '../../src/settings/settings.ts';
import type { SourceContext } from '../../src/sources/source.ts';
import type { TransferPolicy } from '../../src/sources/transfer/policy.ts';

/** Waits between attempts are short; time-outs are as long as a busy machine needs, and shorter where a test is about them. */
export const IMPATIENT: Partial<TransferPolicy> = {
  attempts: 3,
  firstWaitMs: 5,
  longestWaitMs: 20,
  connectMs: 10_000,
  answerMs: 10_000,
  idleMs: 3_000,
  totalMs: 60_000,
};

export interface Served extends AsyncDisposable {
  url: string;
  port: number;
  /** The requests that arrived, in order. */
  requests: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[];
}

export type Handler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  count: number,
  body: string,
) => void;

/** A real HTTP server on a free port of this machine. */
export async function serve(handler: Handler, makeServer = () => http.createServer()): Promise<Served> {
  const requests: Served['requests'] = [];
  const server = makeServer();
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.on('request', async (request: http.IncomingMessage, response: http.ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    handler(request, response, requests.length, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Scene extends AsyncDisposable {
  context: SourceContext;
  /** An empty directory for raw files. */
  destination: string;
  projectDir: string;
  logged: { level: Level; message: string; facts: Facts }[];
  controller: AbortController;
}

/** A context with a project and a destination of its own, removed afterwards. */
export async function scene(
  options: Partial<SourceContext> & { env?: Record<string, string>; destination?: string } = {},
): Promise<Scene> {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-sources-'));
  const { mkdir } = await import('node:fs/promises');
  const projectDir = path.join(root, 'project');
  const destination = path.join(root, 'raw');
  await mkdir(projectDir);
  await mkdir(destination);
  const logged: Scene['logged'] = [];
  const reporter: Reporter = {
    log: (level, message, facts = {}) => void logged.push({ level, message, facts }),
    progress: (label, done, total, unit) =>
      void logged.push({ level: 'debug', message: `progress ${label}`, facts: { done, total, unit } }),
    step: (_name, work) => work(),
    error: (error) => void logged.push({ level: 'error', message: error.message, facts: {} }),
  };
  const controller = new AbortController();
  const { env = {}, destination: given, ...rest } = options;
  return {
    context: {
      settings: settingsFrom(env, { project: projectDir, cwd: root, stderrIsTerminal: false }),
      reporter,
      signal: controller.signal,
      version: undefined,
      policy: IMPATIENT,
      ...rest,
    },
    destination: given ?? destination,
    projectDir,
    logged,
    controller,
    async [Symbol.asyncDispose]() {
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Asserts that `work` fails with a coded error that has a hint, and gives the error. */
export async function failsWith(code: string, work: Promise<unknown>): Promise<LifecycleError> {
  const error = await work.then(
    (value) => assert.fail(`expected ${code}, got ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LifecycleError)) throw error;
  assert.equal(error.code, code, error.message);
  return error;
}
