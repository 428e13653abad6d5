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

/** What is measured is what people run: the program as `npm run setup` leaves it, bundled. */
const setUp = () => run('node', [path.join(import.meta.dirname, '..', 'bin', 'setup.mjs')]);
let isSetUp: Promise<unknown> | undefined;

/**
 * @param python any Python 3: it asks the system what the command took
 * @throws Error where the command fails
 */
export async function measure(
  python: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  isSetUp ??= setUp();
  await isSetUp;
  const { stdout, stderr } = await run(python, [path.join(import.meta.dirname, 'measure.py'), ...command], {
    env: { ...process.env, ...env },
  });
  const measured = JSON.parse(stdout) as Measured;
  if (measured.code !== 0) throw new Error(`${command.join(' ')} ended with ${measured.code}: ${stderr}`);
  return measured;
}

export const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** What the department's engine is to do. */
export interface DepartmentIngest {
  /** A folder. */
  templates: string;
  id: string;
  version: string;
  output: string;
  /** In place of the template's source. */
  file?: string | undefined;
  mode?: string | undefined;
  previous?: string | undefined;
}

/** @param python has the department's engine */
export function departmentCommand(python: string, ingest: DepartmentIngest): string[] {
  const { templates, id, version, output } = ingest;
  const options = (['file', 'mode', 'previous'] as const).flatMap((name) => {
    const value = ingest[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  return [python, path.join(import.meta.dirname, 'department.py'), templates, id, version, output, ...options];
}
