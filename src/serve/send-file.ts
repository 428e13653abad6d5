import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LifecycleError } from '../errors.ts';

/** One range of a file, its last byte included. */
interface Range {
  first: number;
  last: number;
}

/**
 * Streams a file of the store. It is open before the first byte goes out, so that removing its version meanwhile takes
 * nothing from who reads it.
 *
 * @param file what the record tells of it
 * @throws LifecycleError STO_NO_VERSION where it has gone, STO_SYMBOLIC_LINK
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: { path: string; bytes: number },
): Promise<FastifyReply> {
  const handle = await opened(file.path);
  try {
    const { size } = await handle.stat();
    const range = rangeIn(request.headers.range, size);
    reply.headers({
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'content-disposition': disposition(path.basename(file.path)),
      'content-type': 'application/octet-stream',
    });
    if (range === 'none of it') {
      await handle.close();
      return await reply.code(416).header('content-range', `bytes */${size}`).send();
    }
    const { first, last } = range ?? { first: 0, last: size - 1 };
    if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${size}`);
    reply.header('content-length', last - first + 1);
    if (last < first) {
      await handle.close();
      return await reply.send('');
    }
    return await reply.send(handle.createReadStream({ start: first, end: last }));
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
}

/** What a link leads to is not the store's. */
async function opened(file: string) {
  try {
    const dir = path.dirname(file);
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    const isPlain = (await handle.stat()).isFile() && (await realpath(dir)).endsWith(path.basename(dir));
    if (isPlain) return handle;
    await handle.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new LifecycleError('STO_NO_VERSION', `${path.basename(file)} is no longer there`, {
        hint: 'its version was removed or replaced; load the page again',
      });
    }
    if (code !== 'ELOOP') throw error;
  }
  throw new LifecycleError('STO_SYMBOLIC_LINK', `${path.basename(file)} is a link, and the store follows none`, {
    hint: 'put the file itself into its place',
  });
}

/** Undefined where the whole file is asked for; several ranges at once are not told apart. */
function rangeIn(header: string | undefined, size: number): Range | 'none of it' | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return first > last ? 'none of it' : { first, last };
}

/** Both forms of RFC 6266: the first for programs that know no other letters. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const exact = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
