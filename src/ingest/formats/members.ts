import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import { extractZip, listZip } from '../archive.ts';
import type { FormatContext } from './format.ts';

/** A zip that holds exactly one file is read as that file; anything else as it is. */
export async function soleMember(file: string, context: FormatContext): Promise<string> {
  if (!file.toLowerCase().endsWith('.zip')) return file;
  const members = (await listZip(file, context.limits)).filter((entry) => !entry.isDirectory);
  if (members.length !== 1) {
    const names = members.map((entry) => entry.name);
    throw new LifecycleError(
      'ING_AMBIGUOUS_ARCHIVE',
      `the zip holds ${members.length} files and the template does not say which to read`,
      {
        hint: `name one in file_format: unzipped_filename: ${names[0] ?? 'name.csv'} (it holds ${names.slice(0, 8).join(', ') || 'none'})`,
      },
    );
  }
  const into = path.join(context.workDir, 'member');
  await mkdir(into, { recursive: true });
  const [name] = await extractZip(file, into, context);
  return path.join(into, name!);
}
