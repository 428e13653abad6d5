import { type CodeFacts, EXIT } from './facts.ts';

/** ENG_…: DuckDB. */
export const ENGINE_CODES = {
  ENG_EXTENSION_MISSING: {
    meaning: 'An extension of DuckDB that this work needs could not be loaded.',
    remedy: 'Run `npm start` or `npm test` once; they install it.',
    exit: EXIT.failed,
  },
  ENG_OUT_OF_MEMORY: {
    meaning: 'The database may not have as much memory as this work needs.',
    remedy: 'Raise `memoryBytes` in LIFECYCLE_READ_LIMITS, and see that the disk of the store has room.',
    exit: EXIT.failed,
  },
} as const satisfies Record<string, CodeFacts>;
