import type { IncomingHttpHeaders } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { LifecycleError } from '../../../errors.ts';
import { type Pace, paced } from '../transfer/paced.ts';
import { AttemptFailure } from '../transfer/retry.ts';

const DECODERS: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};
/** Below this an unpacked body is not worth a thought. */
const HARMLESS_BYTES = 100_000_000;

/** Whether the bytes on the wire are other than the bytes of the file; then no Range can be asked for. */
export function isEncoded(headers: IncomingHttpHeaders): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding !== '' && encoding !== 'identity';
}

/** The length that the headers promise for the bytes on the wire. */
export function promisedLength(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['content-length'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * The chunks of a body, unpacked. It is held to its promised length, to a least speed, and to a greatest expansion.
 * @throws AttemptFailure
 */
export function chunksOf(body: Readable, headers: IncomingHttpHeaders, pace: Pace): AsyncIterable<Buffer> {
  const packed = paced(body, { ...pace, promised: promisedLength(headers) });
  return isEncoded(headers) ? unpacked(packed, headers, pace) : packed;
}

async function* unpacked(
  packed: AsyncIterable<Buffer>,
  headers: IncomingHttpHeaders,
  { host, policy }: Pace,
): AsyncGenerator<Buffer> {
  const names = (headers['content-encoding'] ?? '').split(',').map((name) => name.trim().toLowerCase());
  let received = 0;
  let bytes = 0;
  let transferError: unknown;
  const source = Readable.from(
    (async function* () {
      try {
        for await (const chunk of packed) {
          received += chunk.length;
          yield chunk;
        }
      } catch (error) {
        transferError = error;
        throw error;
      }
    })(),
  );
  try {
    for await (const chunk of decoded(source, names, host)) {
      bytes += chunk.length;
      if (bytes > HARMLESS_BYTES && bytes > policy.expansion * received) {
        throw trouble(host, `the body unpacks to more than ${policy.expansion} times its size; refused as a bomb`);
      }
      yield chunk;
    }
  } catch (error) {
    // What the transfer itself threw comes out of the decoder as well.
    if (transferError !== undefined) throw transferError;
    if (error instanceof AttemptFailure) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR') {
      throw new AttemptFailure(
        new LifecycleError('SRC_INCOMPLETE', `${host} ended the compressed body before its end`, { cause: error }),
        { passing: true },
      );
    }
    throw trouble(host, `the body is not the ${names.join(', ')} that its headers say`, error);
  } finally {
    source.destroy();
  }
}

/** Encodings are named in the order in which they were applied (RFC 9110, 8.4). */
function decoded(source: Readable, names: readonly string[], host: string): AsyncIterable<Buffer> {
  let stream = source;
  for (const name of names.toReversed()) {
    if (name === 'identity') continue;
    const make = DECODERS[name];
    if (!make) throw trouble(host, `the body has the unknown encoding ${JSON.stringify(name)}`);
    const decoder = make();
    stream.on('error', (error) => decoder.destroy(error));
    stream = stream.pipe(decoder);
  }
  return stream as AsyncIterable<Buffer>;
}

function trouble(host: string, what: string, cause?: unknown): AttemptFailure {
  return new AttemptFailure(
    new LifecycleError('SRC_ENCODING', `${host}: ${what}`, { hint: 'tell the owner of the source', cause }),
    { passing: false },
  );
}
