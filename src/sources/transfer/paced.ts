import type { Readable } from 'node:stream';
import { LifecycleError } from '../../errors.ts';
import { formatSeconds } from '../../report.ts';
import { ClosedEarly, Intake } from './intake.ts';
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
  return chunksOf(new Intake(body), pace);
}

async function* chunksOf(intake: Intake, { host, policy, signal, promised }: Pace): AsyncGenerator<Buffer> {
  let read = 0;
  let before = { received: 0, read: 0 };
  const least = Math.max(1, (policy.slowestBytesPerSecond * policy.idleMs) / 1000);
  const watch = setInterval(() => {
    const bytes = intake.received - before.received;
    // A reader that has only now caught up has kept the source waiting, not the other way round.
    const stalled = intake.starving && Math.max(bytes, read - before.read) < least;
    before = { received: intake.received, read };
    if (stalled) intake.destroy(timeout(host, `stalled: ${bytes} bytes in ${formatSeconds(policy.idleMs)}`));
  }, policy.idleMs);
  const stop = () => intake.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (let chunk = await intake.next(); chunk !== undefined; chunk = await intake.next()) {
      signal.throwIfAborted();
      read += chunk.length;
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw isCut(error) ? incomplete(host, read, promised) : networkFailure(error, host);
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', stop);
    intake.destroy();
  }
  signal.throwIfAborted();
  if (promised !== undefined && read !== promised) throw incomplete(host, read, promised);
}

/** Node's word for a connection that ended in the middle of a body, be it cut short or chunked and cut. */
function isCut(error: unknown): boolean {
  if (error instanceof ClosedEarly) return true;
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
