import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a command took, with all processes that it started. */
export interface Measured {
  /** Seconds. */
  wall: number;
  /** Seconds of user and system time. */
  cpu: number;
  peak_mb: number;
  /** With which the command ended. */
  code: number;
}

/**
 * @param python any Python 3: it asks the system what the command took
 * @throws Error where the command fails
 */
export async function measure(
  python: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const { stdout, stderr } = await run(python, [path.join(import.meta.dirname, 'measure.py'), ...command], {
    env: { ...process.env, ...env },
  });
  const measured = JSON.parse(stdout) as Measured;
  if (measured.code !== 0) throw new Error(`${command.join(' ')} ended with ${measured.code}: ${stderr}`);
  return measured;
}

export const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** The department's engine ingests a template whose source is a local file. */
export function departmentCommand(
  python: string,
  ingest: { templates: string; id: string; output: string; previous?: string | undefined },
): string[] {
  const { templates, id, output, previous } = ingest;
  return [
    ...[python, path.join(import.meta.dirname, 'department.py')],
    ...[templates, id, '2', output, ...(previous === undefined ? [] : [previous])],
  ];
}
