import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { freePort } from '../../src/airflow/ports.ts';

/**
 * A source that begins to answer and ends when it is let, so that ingests are in flight for as long as a test wants.
 * Meanwhile it sends blank lines: its rows are the same however long it took, and whoever asks again gets the same.
 */
export class HeldSource {
  readonly #open = new Set<ServerResponse>();
  readonly #server: Server;
  readonly url: string;
  #isHeld = true;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(): Promise<HeldSource> {
    const port = await freePort();
    const server = createServer();
    const source = new HeldSource(server, `http://127.0.0.1:${port}/held.csv`);
    server.on('request', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/csv' });
      response.write('id,name\n1,first\n');
      if (!source.#isHeld) return response.end();
      source.#open.add(response);
      const drip = setInterval(() => response.write('\n'), 200);
      response.on('close', () => {
        clearInterval(drip);
        source.#open.delete(response);
      });
      return response;
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return source;
  }

  /** How many downloads are going on. */
  get downloads(): number {
    return this.#open.size;
  }

  hold(): void {
    this.#isHeld = true;
  }

  /** Ends the downloads that are going on, and answers others at once. */
  release(): void {
    this.#isHeld = false;
    for (const response of this.#open) response.end();
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
