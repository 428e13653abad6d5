import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleError } from '../../errors.ts';
import type { Reporter } from '../../report.ts';
import { formatSeconds } from '../../report.ts';
import type { TransferPolicy } from './policy.ts';

/** One attempt failed. Only `passing` trouble is worth another attempt. */
export class AttemptFailure extends Error {
  override readonly name = 'AttemptFailure';
  readonly error: LifecycleError;
  readonly passing: boolean;
  /** The attempt got further than all before it, so the next one counts as the first again. */
  readonly advanced: boolean;
  /** What the source asked for by Retry-After. */
  readonly retryAfterMs: number | undefined;

  constructor(
    error: LifecycleError,
    facts: { passing: boolean; advanced?: boolean; retryAfterMs?: number | undefined },
  ) {
    super(error.message, { cause: error });
    this.error = error;
    this.passing = facts.passing;
    this.advanced = facts.advanced ?? false;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

interface RetryContext {
  policy: TransferPolicy;
  reporter: Reporter;
  signal: AbortSignal;
}

/** A moment on the clock of `performance.now()` after which nothing more is tried. */
export function deadlineOf(policy: TransferPolicy): number {
  return performance.now() + policy.totalMs;
}

function waitBefore(attempt: number, policy: TransferPolicy): number {
  const full = Math.min(policy.longestWaitMs, policy.firstWaitMs * policy.waitFactor ** (attempt - 1));
  return full * (1 - policy.jitter * Math.random());
}

/**
 * Runs `attempt` until it succeeds, fails for good, or attempts or time are used up. `attempt` throws AttemptFailure;
 * anything else it throws ends the matter at once.
 * @throws LifecycleError the last attempt's, saying how often it was tried
 */
export async function withRetries<T>(
  label: string,
  context: RetryContext,
  attempt: (number: number) => Promise<T>,
  deadline = deadlineOf(context.policy),
): Promise<T> {
  const { policy, reporter, signal } = context;
  let inARow = 0;
  for (let number = 1; ; number++) {
    signal.throwIfAborted();
    try {
      return await attempt(number);
    } catch (failure) {
      if (signal.aborted) throw signal.reason;
      if (!(failure instanceof AttemptFailure)) throw failure;
      inARow = failure.advanced ? 1 : inARow + 1;
      if (!failure.passing) throw failure.error;
      if (inARow >= policy.attempts) throw exhausted(failure.error, `after ${number} attempts`, number);
      const wait = Math.max(failure.retryAfterMs ?? 0, waitBefore(inARow, policy));
      if (performance.now() + wait >= deadline) {
        const asked = failure.retryAfterMs ? `, and it asks to wait ${formatSeconds(failure.retryAfterMs)}` : '';
        throw exhausted(failure.error, `within ${formatSeconds(policy.totalMs)} (${number} attempts${asked})`, number);
      }
      reporter.log('warning', `${label}: ${failure.error.message}; trying again in ${formatSeconds(wait)}`, {
        attempt: number,
      });
      await sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

function exhausted(error: LifecycleError, when: string, attempts: number): LifecycleError {
  return new LifecycleError(error.code, `${error.message}; given up ${when}`, {
    hint: error.hint ?? 'run the same command again later',
    cause: error.cause,
    details: { ...error.details, attempts },
  });
}

/** Retry-After: seconds, or an HTTP date. Past dates mean now. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
