import { type CodeFacts, EXIT } from './facts.ts';

/** ENG_…: DuckDB. */
export const ENGINE_CODES = {
  ENG_EXTENSION_MISSING: {
    meaning: 'An extension of DuckDB that this work needs could not be loaded.',
    remedy: 'Run `npm start` or `npm test` once; they install it.',
    exit: EXIT.failed,
  },
} as const satisfies Record<string, CodeFacts>;
