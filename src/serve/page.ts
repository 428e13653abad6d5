import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { INSTALLATION } from '../settings/settings.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};
/** Here the build puts what it names after what is in it: such a file never changes. */
const HASHED = /^assets\//;
const FOREVER = 'public, max-age=31536000, immutable';
/** The map draws in a worker that it makes of its own text; nothing comes from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface PageFile {
  type: string;
  bytes: Buffer;
  cache: string;
}

/** Where the page lies that was built last; undefined where none was. */
export async function builtPage(): Promise<string | undefined> {
  const root = path.join(INSTALLATION, 'build', 'web');
  const found: { folder: string; at: number }[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    const folder = path.join(root, name);
    const facts = await stat(path.join(folder, 'index.html')).catch(() => undefined);
    if (facts) found.push({ folder, at: facts.mtimeMs });
  }
  return found.sort((a, b) => b.at - a.at)[0]?.folder;
}

/** The files of the page as they were built, by their path in the address; a few, so they are held in memory. */
export async function readPage(folder: string): Promise<Map<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join('/');
    const type = TYPES[path.extname(name).toLowerCase()] ?? 'application/octet-stream';
    const cache = HASHED.test(name) ? FOREVER : 'no-cache';
    files.set(name, { type, bytes: await readFile(file), cache });
  }
  return files;
}

/** Marks what is answered to anybody: these routes and no others, however an address is spelt. */
const OPEN = Symbol('open');

export function isOpen({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as { [OPEN]?: true } | undefined)?.[OPEN] === true;
}

/** The page stands at `/`, its files beside it. Nothing secret is in them: who may not ask sees an empty page. */
export function servePage(app: FastifyInstance, files: ReadonlyMap<string, PageFile>): void {
  for (const [name, { type, bytes, cache }] of files) {
    const address = name === 'index.html' ? '/' : `/${name.split('/').map(encodeURIComponent).join('/')}`;
    app.get(address, { schema: { hide: true }, config: { [OPEN]: true } }, (_request, reply) =>
      reply.headers({ 'content-type': type, 'cache-control': cache, 'content-security-policy': POLICY }).send(bytes),
    );
  }
}
