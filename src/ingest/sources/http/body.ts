import type { IncomingHttpHeaders } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { LifecycleError } from '../../../errors.ts';
import type { TransferPolicy } from '../transfer/policy.ts';
import { AttemptFailure } from '../transfer/retry.ts';
import { networkFailure, timeout } from './trouble.ts';

const DECODERS: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};
/** Below this an unpacked body is not worth a thought. */
const HARMLESS_BYTES = 100_000_000;

/** Whether the bytes on the wire are the bytes of the file, so that a Range can be asked for. */
export function isEncoded(headers: IncomingHttpHeaders): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding !== '' && encoding !== 'identity';
}

/** The length that the headers promise for the bytes on the wire. */
export function promisedLength(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['content-length'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

interface BodyContext {
  host: string;
  policy: TransferPolicy;
  signal: AbortSignal;
}

/**
 * The chunks of a body, unpacked. It is held to its promised length, to a least speed, and to a greatest expansion.
 * @throws AttemptFailure
 */
export async function* chunksOf(
  body: Readable,
  headers: IncomingHttpHeaders,
  context: BodyContext,
): AsyncGenerator<Buffer> {
  const { host, policy, signal } = context;
  let received = 0;
  let receivedBefore = 0;
  const counted = (async function* () {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      yield chunk;
    }
  })();
  const least = (policy.slowestBytesPerSecond * policy.idleMs) / 1000;
  const watch = setInterval(() => {
    if (received - receivedBefore < Math.max(1, least)) {
      const bytes = received - receivedBefore;
      body.destroy(timeout(host, `stalled: ${bytes} bytes in ${Math.round(policy.idleMs / 1000)} s`));
    }
    receivedBefore = received;
  }, policy.idleMs);
  const stop = () => body.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield* isEncoded(headers) ? unpacked(counted, headers, () => received, context) : counted;
  } catch (error) {
    signal.throwIfAborted();
    if (isCut(error)) throw incomplete(host, received, promisedLength(headers));
    throw networkFailure(error, host);
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
  signal.throwIfAborted();
  const promised = promisedLength(headers);
  if (promised !== undefined && received !== promised) throw incomplete(host, received, promised);
}

/** Node's word for a connection that ended in the middle of a body, be it cut short or chunked and cut. */
function isCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function incomplete(host: string, received: number, promised: number | undefined): AttemptFailure {
  const of = promised === undefined ? '' : ` of ${promised}`;
  return new AttemptFailure(
    new LifecycleError('SRC_INCOMPLETE', `${host} ended the body after ${received}${of} bytes`, {
      hint: 'run the same command again later; the source or a proxy cuts the transfer',
    }),
    { passing: true },
  );
}

async function* unpacked(
  packed: AsyncIterable<Buffer>,
  headers: IncomingHttpHeaders,
  received: () => number,
  { host, policy }: BodyContext,
): AsyncGenerator<Buffer> {
  const names = (headers['content-encoding'] ?? '').split(',').map((name) => name.trim().toLowerCase());
  const trouble = (what: string, cause?: unknown) =>
    new AttemptFailure(
      new LifecycleError('SRC_ENCODING', `${host}: ${what}`, {
        hint: 'tell the owner of the source',
        cause,
      }),
      { passing: false },
    );
  let networkError: unknown;
  const source = Readable.from(
    (async function* () {
      try {
        yield* packed;
      } catch (error) {
        networkError = error;
        throw error;
      }
    })(),
  );
  let stream: Readable = source;
  for (const name of names.toReversed()) {
    if (name === 'identity') continue;
    const make = DECODERS[name];
    if (!make) throw trouble(`the body has the unknown encoding ${JSON.stringify(name)}`);
    const decoder = make();
    const before = stream;
    before.on('error', (error) => decoder.destroy(error));
    stream = before.pipe(decoder);
  }
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > HARMLESS_BYTES && bytes > policy.expansion * received()) {
        throw trouble(`the body unpacks to more than ${policy.expansion} times its size; refused as a bomb`);
      }
      yield chunk;
    }
  } catch (error) {
    if (networkError !== undefined) throw networkError;
    if (error instanceof AttemptFailure) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR') {
      throw new AttemptFailure(
        new LifecycleError('SRC_INCOMPLETE', `${host} ended the compressed body before its end`, { cause: error }),
        { passing: true },
      );
    }
    throw trouble(`the body is not the ${names.join(', ')} that its headers say`, error);
  } finally {
    source.destroy();
  }
}
