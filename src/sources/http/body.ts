import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { LifecycleError } from '../../errors.ts';
import { type Pace, paced } from '../transfer/paced.ts';
import { AttemptFailure } from '../transfer/retry.ts';
import { type Coding, changesBytes, encodingTrouble } from './coding.ts';
import { withoutFrames } from './frames.ts';

/** Below this an unpacked body is not worth a thought. */
const HARMLESS_BYTES = 100_000_000;
/** What is unpacked for a look holds no bomb. */
const LOOK_BYTES = 512;

/** The length that the headers promise for the bytes on the wire. */
export function promisedLength(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['content-length'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * The chunks of a body, unpacked. It is held to its promised length, to a least speed, and to a greatest expansion.
 * @throws AttemptFailure
 */
export function chunksOf(
  body: Readable,
  headers: IncomingHttpHeaders,
  coding: Coding,
  pace: Pace,
): AsyncIterable<Buffer> {
  const sent = paced(body, { ...pace, promised: promisedLength(headers) });
  return changesBytes(coding) ? decoded(sent, coding, pace) : sent;
}

async function* decoded(sent: AsyncIterable<Buffer>, coding: Coding, pace: Pace): AsyncGenerator<Buffer> {
  const { host, policy } = pace;
  let received = 0;
  let bytes = 0;
  let transferError: unknown;
  const watched = (async function* () {
    try {
      for await (const chunk of sent) {
        received += chunk.length;
        yield chunk;
      }
    } catch (error) {
      transferError = error;
      throw error;
    }
  })();
  try {
    for await (const chunk of plain(coding.framed ? withoutFrames(watched, host) : watched, coding)) {
      bytes += chunk.length;
      if (bytes > HARMLESS_BYTES && bytes > policy.expansion * received) {
        throw encodingTrouble(
          host,
          `the body unpacks to more than ${policy.expansion} times its size; refused as a bomb`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    // What the transfer itself threw comes out of the decoder as well.
    if (transferError !== undefined) throw transferError;
    if (error instanceof AttemptFailure) throw error;
    if (
      error instanceof Error &&
      'code' in error &&
      /^(?:Z_BUF_ERROR|ERR_\w*UNEXPECTED_END)$/.test(String(error.code))
    ) {
      throw new AttemptFailure(
        new LifecycleError('SRC_INCOMPLETE', `${host} ended the compressed body before its end`, { cause: error }),
        { passing: true },
      );
    }
    const names = coding.undo.map(({ name }) => name).join(', ');
    throw encodingTrouble(host, `the body is not the ${names} that its headers say`, error);
  }
}

/** Undoes one encoding after the other. A body without a byte has none. */
async function* plain(chunks: AsyncIterable<Buffer>, { undo, maybeOwn }: Coding): AsyncGenerator<Buffer> {
  const { first, all } = await looked(chunks);
  if (first.length === 0) return;
  let stream = all;
  for (const [i, { name, decoder }] of undo.entries()) {
    if (maybeOwn && i === undo.length - 1) {
      const { first: start, all: whole } = await looked(stream);
      stream = whole;
      if (!isPackedTwice(start, name)) break;
    }
    const source = Readable.from(stream, { objectMode: false });
    const target = decoder();
    source.on('error', (error) => target.destroy(error));
    target.on('close', () => source.destroy());
    stream = source.pipe(target) as AsyncIterable<Buffer>;
  }
  yield* stream;
}

/** The beginning of chunks, and all of them. */
async function looked(chunks: AsyncIterable<Buffer>): Promise<{ first: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let first: Buffer = Buffer.alloc(0);
  let ended = false;
  while (first.length < LOOK_BYTES && !ended) {
    const next = await iterator.next();
    if (next.done) ended = true;
    else first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
  }
  const all = (async function* () {
    try {
      if (first.length > 0) yield first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
  return { first, all };
}

/** Whether a `.gz` has been packed once more for the way; else Content-Encoding speaks of what the name says already. */
function isPackedTwice(start: Buffer, name: string): boolean {
  const head = start.subarray(0, LOOK_BYTES);
  try {
    if (name === 'zstd') {
      const inner = zstdDecompressSync(head, { finishFlush: constants.ZSTD_e_flush });
      return inner.length > 3 && inner.readUInt32LE(0) === 0xfd2fb528;
    }
    if (!name.endsWith('gzip')) return false;
    const inner = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
    return inner[0] === 0x1f && inner[1] === 0x8b;
  } catch {
    return false;
  }
}
