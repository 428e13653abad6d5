import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { answerHere } from '../here.ts';
import { copySampleProject } from '../sample-project.ts';

const BINARY = path.join(INSTALLATION, 'bin', 'lifecycle');

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks into is what the test says.
  json: any;
}

/** How something is asked for: exactly as written, since `fetch` would mend the address. */
export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  socketPath?: string;
}

/** The sample project with a store of its own, and the real binary as its server. */
export class ServedProject {
  readonly dir: string;
  readonly #test: TestContext;
  readonly token = 'a-token-of-the-test';
  port = 0;
  /** Further variables of the commands and the server. */
  variables: Record<string, string> = {};
  server: ChildProcess | undefined;

  private constructor(dir: string, test: TestContext) {
    this.dir = dir;
    this.#test = test;
  }

  static async make(test: TestContext): Promise<ServedProject> {
    const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-serve-'));
    test.after(() => rm(dir, { recursive: true, force: true }));
    await copySampleProject(path.join(dir, 'project'));
    return new ServedProject(dir, test);
  }

  get project(): string {
    return path.join(this.dir, 'project');
  }

  get store(): string {
    return path.join(this.project, '.lifecycle');
  }

  get env(): NodeJS.ProcessEnv {
    const { PATH, HOME, LIFECYCLE_VENV } = process.env;
    return {
      PATH,
      HOME,
      LIFECYCLE_SERVE_TOKEN: this.token,
      ...(LIFECYCLE_VENV ? { LIFECYCLE_VENV } : {}),
      ...this.variables,
    };
  }

  /** What a command says, in this process. @throws what it says of its failure, with its exit code */
  async lifecycle(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const said = await answerHere(['--project', this.project, ...args], { cwd: this.dir, env: this.env });
    if (said.code !== 0) throw Object.assign(new Error(said.stderr), said);
    return said;
  }

  /** Writes a file of the project. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(path.join(this.project, name), text);
  }

  /** Starts a server, and gives what it printed: its address. */
  async start(...args: string[]): Promise<string> {
    const server = spawn(BINARY, ['--project', this.project, 'serve', ...args], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.server = server;
    this.#test.after(() => this.stop(server));
    const [line] = (await once(server.stdout!.setEncoding('utf8'), 'data')) as [string];
    if (line.startsWith('http')) this.port = Number(new URL(line.trim()).port);
    return line.trim();
  }

  async stop(server = this.server): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  }

  /** The path stands in the request as it is written here. */
  ask(address: string, { method = 'GET', headers, body, socketPath }: Asking = {}): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = http.request(
        {
          ...(socketPath === undefined ? { host: '127.0.0.1', port: this.port } : { socketPath }),
          path: address,
          method,
          headers: {
            ...(headers ?? { authorization: `Bearer ${this.token}` }),
            ...(text === undefined ? {} : { 'content-type': 'application/json' }),
          },
        },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () => {
            const bytes = Buffer.concat(pieces);
            const isJson = response.headers['content-type']?.includes('json');
            const json: unknown = isJson ? JSON.parse(bytes.toString()) : undefined;
            resolve({ status: response.statusCode!, headers: response.headers, bytes, json });
          });
        },
      );
      request.on('error', reject);
      request.end(text);
    });
  }

  /** Asks until the index has seen everything. */
  async list(): Promise<Answer['json']> {
    for (;;) {
      const { json } = await this.ask('/api/assets');
      if (json.complete) return json;
    }
  }
}
