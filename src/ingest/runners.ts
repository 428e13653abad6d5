import type { Runner } from '../project/runner.ts';
import type { Production, Workshop } from './production.ts';

/** What makes versions; only the one that is asked for is loaded. */
export const runners: Record<Runner, () => Promise<(workshop: Workshop) => Promise<Production>>> = {
  native: async () => (await import('./native.ts')).produceNatively,
  dcpy: async () => (await import('./dcpy/produce.ts')).produceWithDcpy,
};
