import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** A place in a text file; line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

interface ErrorFacts {
  /** What the person can do next; a command wherever one helps. */
  hint?: string | undefined;
  place?: Place | undefined;
  cause?: unknown;
  /** Machine-readable facts, shown by `--json`. */
  details?: Record<string, unknown> | undefined;
}

/** The one error that the program throws on purpose: a code from the catalogue, one sentence, a place, a hint. */
export class LifecycleError extends Error {
  override readonly name = 'LifecycleError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.hint = facts.hint;
    this.place = facts.place;
    this.details = facts.details;
  }

  /** The process exit code that this error stands for. */
  get exitCode(): number {
    return ERROR_CODES[this.code].exit;
  }
}

/** Something that `check` found in a project's files; an `error` stops what it concerns, a `warning` does not. */
export interface Finding {
  severity: 'error' | 'warning';
  code: ErrorCode;
  message: string;
  place?: Place | undefined;
  hint?: string | undefined;
  /** The template or product that it concerns. */
  subject?: string | undefined;
}

export function formatPlace(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}

/** An error of any kind as a LifecycleError; a foreign one keeps its text and becomes the cause. */
export function asLifecycleError(error: unknown): LifecycleError {
  if (error instanceof LifecycleError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LifecycleError('LIF_INTERNAL', message, {
    cause: error,
    hint: 'this is a defect in lifecycle; run again with LIFECYCLE_DEBUG=1 for the stack and report it',
  });
}
