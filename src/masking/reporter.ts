import { LifecycleError } from '../errors.ts';
import type { Facts, Reporter } from '../report.ts';
import { maskOutput, maskOutputData } from './output.ts';

/** A reporter that says no secret. */
export function maskingReporter(reporter: Reporter): Reporter {
  return {
    log(level, message, facts) {
      reporter.log(level, maskOutput(message), facts && maskedFacts(facts));
    },
    progress(label, ...amounts) {
      reporter.progress(maskOutput(label), ...amounts);
    },
    step: (name, work) => reporter.step(maskOutput(name), work),
    error(error) {
      reporter.error(maskedError(error));
    },
  };
}

function maskedFacts(facts: Facts): Facts {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? maskOutput(value) : value]),
  );
}

/** An error as it may be shown, with all that it came from. */
export function maskedError(error: LifecycleError): LifecycleError {
  return new LifecycleError(error.code, maskOutput(error.message), {
    hint: error.hint === undefined ? undefined : maskOutput(error.hint),
    place: error.place,
    details: maskOutputData(error.details),
    cause: maskedCause(error.cause),
  });
}

const MAX_CAUSES = 8;

function maskedCause(cause: unknown, depth = 0): unknown {
  if (!(cause instanceof Error) || depth > MAX_CAUSES) return undefined;
  const masked = new Error(maskOutput(cause.message), { cause: maskedCause(cause.cause, depth + 1) });
  masked.name = cause.name;
  masked.stack = cause.stack === undefined ? '' : maskOutput(cause.stack);
  return masked;
}
