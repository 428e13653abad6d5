/** Exit codes of every command, one meaning each. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  blocked: 3,
  /** EX_TEMPFAIL of sysexits.h: somebody else holds it, try again. */
  busy: 75,
  interrupted: 130,
  terminated: 143,
} as const;

interface CodeFacts {
  /** What happened, without the particulars. */
  meaning: string;
  /** What to do about it. */
  remedy: string;
  exit: number;
}

/** Every code that a LifecycleError or a finding can carry. `docs/errors.md` is generated from it. */
export const ERROR_CODES = {
  LIF_INTERNAL: {
    meaning: 'Something went wrong that the program did not expect.',
    remedy: 'Run again with LIFECYCLE_DEBUG=1 and report the stack.',
    exit: EXIT.failed,
  },
  LIF_STOPPED: {
    meaning: 'A signal stopped the work; nothing half-written was left.',
    remedy: 'Run the same command again.',
    exit: EXIT.terminated,
  },
  LIF_USAGE: {
    meaning: 'The command line was not understood.',
    remedy: 'See `lifecycle help COMMAND`.',
    exit: EXIT.usage,
  },
  LIF_UNKNOWN_ID: {
    meaning: 'No template, dataset or product has that id.',
    remedy: 'Check the suggestion, or `lifecycle list`.',
    exit: EXIT.usage,
  },
  LIF_BAD_VERSION: {
    meaning: 'The version or partition key is not a legal name.',
    remedy: 'Use 1 to 100 letters, digits and . _ - + : beginning with a letter or digit, without `..`.',
    exit: EXIT.usage,
  },
  STO_BUSY: {
    meaning: 'Another process is working on the same version or partition.',
    remedy: 'Wait for it to end, then run the same command again.',
    exit: EXIT.busy,
  },
  STO_VERSION_DIFFERS: {
    meaning: 'The version is already published with other content.',
    remedy: 'Give the new content a version of its own, or replace the published one with `--overwrite`.',
    exit: EXIT.failed,
  },
  STO_WRITE_FAILED: {
    meaning: 'The store could not be written.',
    remedy: 'See the cause: free space, permissions, a read-only file system.',
    exit: EXIT.failed,
  },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;
