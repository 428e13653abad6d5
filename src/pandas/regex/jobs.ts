import { provideFunctions } from '../../engine/functions.ts';
import { literal } from '../../engine/sql.ts';
import type { Flags } from './syntax.ts';

/** What SQL asks of the matcher, as JSON in its first argument. */
export type Job = {
  pattern: string;
  flags: Partial<Flags>;
  /** Whose classes, ends and empty matches are meant. */
  like: 'python' | 're2';
} & (
  | { do: 'search' | 'match' | 'fullmatch' | 'count' | 'extract' | 'findall' }
  | { do: 'split'; most: number }
  | { do: 'replace'; replacement: string; most: number }
);

const FUNCTIONS = {
  search: 'python_re_test',
  match: 'python_re_test',
  fullmatch: 'python_re_test',
  count: 'python_re_count',
  extract: 'python_re_text',
  findall: 'python_re_list',
  split: 'python_re_list',
  replace: 'python_re_text',
} as const;

provideFunctions('python_re_', async () => (await import('./functions.ts')).patternFunctions());

/** SQL that does the job on a text, row by row: null stays null, and rows stay in their order. */
export function jobSql(text: string, job: Job): string {
  return `${FUNCTIONS[job.do]}(${literal(JSON.stringify(job))}, ${text})`;
}
