import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import type { Outcome } from '../builds/workbench.ts';
import type { IngestProject } from './project.ts';

const GOLDEN = path.join(import.meta.dirname, 'golden');
const UPDATE = process.env.UPDATE_GOLDEN === '1';

/** Compares with a file of `golden/`; UPDATE_GOLDEN=1 writes it instead, for a look at the diff before the commit. */
export async function matchesGolden(name: string, actual: string): Promise<void> {
  const file = path.join(GOLDEN, name);
  if (UPDATE) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, actual);
  }
  assert.equal(actual, await readFile(file, 'utf8'), `${name} differs from its golden file`);
}

/** Takes out what differs from run to run and from machine to machine: places, times, sizes, people. */
export function masked(text: string, project: IngestProject): string {
  return (
    text
      .replaceAll(project.dir, 'PROJECT')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?/g, 'MOMENT')
      .replace(/\b\d+(\.\d+)? m?s\b/g, 'TIME')
      .replace(/\b\d+(\.\d+)? (B|kB|MB)\b/g, 'SIZE')
      // Transformed coordinates may differ by machine in their last digits.
      .replace(/-?\d+\.\d{6,}/g, (number) => Number(number).toFixed(3))
      .replaceAll(`"username": ${JSON.stringify(userInfo().username)}`, '"username": "USER"')
      .replace(/"(elapsed_seconds|extract|convert|process|write|publish|bytes)": [\d.]+/g, '"$1": N')
      .replace(/"(lifecycle|duckdb)": "v?[0-9.]+"/g, '"$1": "PROGRAM"')
      .replace(/"(sha256)": "[0-9a-f]{64}"/g, '"$1": "SHA256"')
  );
}

/** A command's whole answer as text. */
export function transcript(args: readonly string[], outcome: Outcome, project: IngestProject): string {
  const { code, stdout, stderr } = outcome;
  return masked(
    `$ lifecycle ${args.join(' ')}\nexit code: ${code}\n--- stdout\n${stdout}--- stderr\n${stderr}`,
    project,
  );
}
