import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Measured } from '../measure.ts';
import type { Contender } from './contenders.ts';

/** What one run of the bench has found so far; a run that was stopped goes on from it. */
export interface Results {
  scale: number;
  cases: Record<string, CaseResults>;
}

export interface CaseResults {
  runs: Partial<Record<Contender, Measured[]>>;
  /** Why a contender has no figures. */
  failures: Partial<Record<Contender, string>>;
}

/** @throws Error where the file is of inputs of another size */
export async function readResults(file: string, scale: number): Promise<Results> {
  const results = JSON.parse(await readFile(file, 'utf8')) as Results;
  if (results.scale !== scale) throw new Error(`${file} is of inputs of size ${results.scale}, not ${scale}`);
  return results;
}

/** Whole or not at all: the bench may be stopped at any moment. */
export async function writeResults(file: string, results: Results): Promise<void> {
  await writeFile(`${file}.unfinished`, `${JSON.stringify(results, null, 1)}\n`);
  await rename(`${file}.unfinished`, file);
}

/** The smallest figure of all runs, since other work of the machine only ever adds to it. */
export function least(results: CaseResults | undefined, by: Contender, figure: 'cpu' | 'peak_mb'): number | undefined {
  const runs = results?.runs[by] ?? [];
  return runs.length === 0 ? undefined : Math.min(...runs.map((each) => each[figure]));
}
