import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { INSTALLATION } from '../../src/settings/settings.ts';

/** One recorded case of the department's engine: a template, what to run it with, and what came out. */
export interface RecordedCase {
  name: string;
  dir: string;
  template: string;
  version: string;
  mode: string | null;
  /** File name in `input/`. */
  input: string;
  status: 'ok' | 'error';
  reason: string | undefined;
}

/** The folder of recorded cases: LIFECYCLE_CASES, else `shared/cases` beside the repository. */
export function casesFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = env.LIFECYCLE_CASES ?? path.join(INSTALLATION, '..', 'shared', 'cases');
  return existsSync(folder) ? folder : undefined;
}

/** All cases of a kind, `edge` or `templates`, sorted by name. */
export function recordedCases(folder: string, kind: 'edge' | 'templates'): RecordedCase[] {
  const parent = path.join(folder, kind);
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(parent, entry.name, 'meta.json')))
    .map((entry) => {
      const dir = path.join(parent, entry.name);
      const meta = JSON.parse(readFileSync(path.join(dir, 'meta.json'), 'utf8')) as Record<string, unknown>;
      return {
        name: entry.name,
        dir,
        template: String(meta.template),
        version: String(meta.version),
        mode: (meta.mode as string | null) ?? null,
        input: String(meta.input),
        status: meta.status as 'ok' | 'error',
        reason: meta.reason as string | undefined,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
