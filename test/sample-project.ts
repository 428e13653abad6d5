import { cp } from 'node:fs/promises';
import path from 'node:path';
import { INSTALLATION } from '../src/settings/settings.ts';

/** What `npm start` makes in the sample project; a test begins without it. */
const MADE = ['.lifecycle', '.airflow'];

/** Copies the sample project to a folder that need not exist, with nothing materialized. */
export async function copySampleProject(to: string): Promise<void> {
  await cp(path.join(INSTALLATION, 'examples', 'nyc'), to, {
    recursive: true,
    filter: (source) => !MADE.includes(path.basename(source)),
  });
}
