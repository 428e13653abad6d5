import { type CodeFacts, EXIT } from './facts.ts';

/** STO_…: the store. */
export const STORE_CODES = {
  STO_BUSY: {
    meaning: 'Another process is working on the same version or partition.',
    remedy: 'Wait for it to end, then run the same command again.',
    exit: EXIT.busy,
  },
  STO_NO_VERSION: {
    meaning: 'The store has no such version or partition.',
    remedy: 'See `lifecycle show ID` for those it has, or make it.',
    exit: EXIT.failed,
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
