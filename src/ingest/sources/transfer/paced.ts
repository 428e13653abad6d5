import type { Readable } from 'node:stream';
import { LifecycleError } from '../../../errors.ts';
import { formatSeconds } from '../../../report.ts';
import type { TransferPolicy } from './policy.ts';
import { AttemptFailure } from './retry.ts';
import { networkFailure, timeout } from './trouble.ts';

export interface Pace {
  /** For messages. */
  host: string;
  policy: TransferPolicy;
  /** Ends the stream at once. */
  signal: AbortSignal;
  /** Bytes that must come, where the source has said how many. */
  promised?: number | undefined;
}

/**
 * The chunks of a stream, held to a least speed and to the length that was promised. The stream is destroyed in the end.
 * @throws AttemptFailure
 */
export function paced(body: Readable, pace: Pace): AsyncIterable<Buffer> {
  // Whoever reads the stream sees its error; one that comes before or after that must not end the process.
  body.on('error', () => {});
  return chunksOf(body, pace);
}

async function* chunksOf(body: Readable, { host, policy, signal, promised }: Pace): AsyncGenerator<Buffer> {
  let received = 0;
  let receivedBefore = 0;
  const least = Math.max(1, (policy.slowestBytesPerSecond * policy.idleMs) / 1000);
  const watch = setInterval(() => {
    const bytes = received - receivedBefore;
    receivedBefore = received;
    if (bytes < least) {
      body.destroy(timeout(host, `stalled: ${bytes} bytes in ${formatSeconds(policy.idleMs)}`));
    }
  }, policy.idleMs);
  const stop = () => body.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw isCut(error) ? incomplete(host, received, promised) : networkFailure(error, host);
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
  signal.throwIfAborted();
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
