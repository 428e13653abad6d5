import { type Case, TYPED } from '../case.ts';

/** Three rows: what a process takes before it works, without and with geometry. */
export const TINY = 'tiny';
export const TINY_GEOGRAPHIC = 'tiny_geographic';

export const START_CASES: readonly Case[] = [
  { name: TINY, input: 'tiny.csv', format: TYPED },
  { name: TINY_GEOGRAPHIC, input: 'tiny.geojson', format: { type: 'geojson' } },
];
