import { mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { AwsClient } from 'aws4fetch';
import { type Served, serve } from '../sources/fixture.ts';
import { type S3Server, s3ServerPython, startS3Server } from '../sources/s3-server.ts';
import type { Workbench } from './workbench.ts';

const installed = await s3ServerPython();
/** Why tests against a bucket are skipped, or false. */
export const NO_S3_SERVER = 'missing' in installed ? installed.missing : false;

export const CSV = 'id,name\n001,Astoria\n002,NA\n';
const config = (id: string, version: string) =>
  JSON.stringify({ id, version, attributes: { name: `Name of ${id}`, url: `https://example.org/${id}` } });

/** Objects of one archived version in edm-recipes. */
export function archived(id: string, version: string, files: Record<string, string | Buffer>, latest = true) {
  const folder = `edm-recipes/datasets/${id}`;
  return {
    ...Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${version}/${name}`, content])),
    [`${folder}/${version}/config.json`]: config(id, version),
    ...(latest ? { [`${folder}/latest/config.json`]: config(id, version) } : {}),
  };
}

export async function s3Server(objects: Record<string, string | Buffer>): Promise<S3Server> {
  if ('missing' in installed) throw new Error(installed.missing);
  return startS3Server(installed.python, objects);
}

/** The variables by which the connectors find a server; another address for one that stands before it. */
export function accessTo(server: S3Server, url = server.url): Record<string, string> {
  return { AWS_S3_ENDPOINT: url, AWS_ACCESS_KEY_ID: server.keyId, AWS_SECRET_ACCESS_KEY: server.secret };
}

/** Puts an object with metadata of its own. */
export async function put(
  server: S3Server,
  key: string,
  body: string,
  metadata: Record<string, string>,
): Promise<void> {
  const client = new AwsClient({
    accessKeyId: server.keyId,
    secretAccessKey: server.secret,
    region: 'us-east-1',
    service: 's3',
  });
  const headers = Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]));
  const answer = await client.fetch(`${server.url}/${key}`, { method: 'PUT', body, headers });
  if (!answer.ok) throw new Error(`${key}: ${answer.status} ${await answer.text()}`);
}

export interface Watched {
  env: Record<string, string>;
  /** What was asked for since the last look: `GET /bucket/key`, listings with their prefix. */
  asked(): string[];
}

/** Stands before the server, hands on everything, and remembers it. `delay` holds an answer back in its middle. */
export async function watched(test: TestContext, server: S3Server, held?: RegExp): Promise<Watched> {
  const { hostname, port } = new URL(server.url);
  const proxy: Served = await serve((request, response) => {
    const { method, url, headers } = request;
    // The signature is of the host that was asked.
    const onward = http.request({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (!held?.test(url ?? '')) return answer.pipe(response);
      answer.once('data', (chunk: Buffer) => {
        answer.pause();
        response.write(chunk.subarray(0, chunk.length / 2));
      });
    });
    onward.end();
  });
  test.after(() => proxy[Symbol.asyncDispose]());
  let seen = 0;
  return {
    env: accessTo(server, proxy.url),
    asked() {
      const fresh = proxy.requests.slice(seen);
      seen = proxy.requests.length;
      return fresh.map(({ method, url }) => {
        const { pathname, searchParams } = new URL(url, proxy.url);
        const prefix = searchParams.get('prefix');
        return `${method} ${decodeURIComponent(pathname)}${prefix === null ? '' : `?${prefix}`}`;
      });
    },
  };
}

/** A product `p` with these lines under `datasets`. */
export function recipeOf(datasets: string, rest = 'version: 24v1\n', inputs = ''): string {
  return `name: N\nproduct: db-p\n${rest}inputs:\n${inputs}  datasets:\n${datasets}`;
}

export async function siteMap(bench: Workbench, map: unknown): Promise<void> {
  const file = path.join(bench.dir, 'dcpy/connectors/edm/bytes/site_map.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(map));
}
