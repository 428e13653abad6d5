import type http from 'node:http';
import type { TestContext } from 'node:test';
import { serve } from '../sources/fixture.ts';
import { IngestProject } from './project.ts';

const CSV = 'id,name\n1,a\n2,b\n';

export interface HeldSource {
  project: IngestProject;
  /** Resolves once so many requests wait for their answer. */
  waiting(requests: number): Promise<void>;
  /** Answers what waits and everything that comes. */
  release(): void;
}

/** A project whose template `slow` downloads from a server that sends half a file and waits. */
export async function heldSource(test: TestContext): Promise<HeldSource> {
  const held: http.ServerResponse[] = [];
  let released = false;
  let arrived = () => {};
  const server = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': CSV.length });
    response.write(CSV.slice(0, 8));
    if (released) response.end(CSV.slice(8));
    else held.push(response);
    arrived();
  });
  test.after(() => server[Symbol.asyncDispose]());
  const project = await IngestProject.make(test);
  await project.template('slow', { source: { type: 'file_download', url: `${server.url}/{{ version }}/slow.csv` } });
  return {
    project,
    async waiting(requests) {
      while (held.length < requests) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
    release() {
      released = true;
      for (const response of held.splice(0)) response.end(CSV.slice(8));
    },
  };
}
