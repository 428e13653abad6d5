import type { Case } from '../case.ts';
import { CHAIN_CASES } from './chains.ts';
import { COERCION_CASES } from './coercions.ts';
import { FORMAT_CASES } from './formats.ts';
import { GEOMETRY_CASES } from './geometry.ts';
import { START_CASES } from './start.ts';
import { STEP_CASES } from './steps.ts';

/** Those of the start come first: every other row is told without them. */
export const ALL_CASES: readonly Case[] = [
  ...START_CASES,
  ...FORMAT_CASES,
  ...COERCION_CASES,
  ...STEP_CASES,
  ...GEOMETRY_CASES,
  ...CHAIN_CASES,
];
