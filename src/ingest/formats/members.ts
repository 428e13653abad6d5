import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { extractZip } from '../../archive/archive.ts';
import { filesOfZip, innerArchiveHint, likeliest, refuseHiddenArchive, someNames } from '../../archive/contents.ts';
import { LifecycleError } from '../../errors.ts';
import type { FormatContext } from './format.ts';

/** A zip that holds exactly one file is read as that file; anything else as it is. */
export async function soleMember(file: string, context: FormatContext): Promise<string> {
  if (!file.toLowerCase().endsWith('.zip')) {
    await refuseHiddenArchive(file, context.limits);
    return file;
  }
  const members = await filesOfZip(file, context.limits);
  const names = members.map((entry) => entry.name);
  if (members.length !== 1) {
    throw new LifecycleError(
      'ING_AMBIGUOUS_ARCHIVE',
      `the zip holds ${members.length} files and the template does not say which to read`,
      { hint: `name one in file_format: unzipped_filename: ${likeliest(members)} (it holds ${someNames(names)})` },
    );
  }
  const inner = innerArchiveHint(names);
  if (inner) {
    throw new LifecycleError('ING_AMBIGUOUS_ARCHIVE', `the zip holds nothing but another one, ${names[0]}`, {
      hint: inner,
    });
  }
  const into = path.join(context.workDir, 'member');
  await mkdir(into, { recursive: true });
  const [name] = await extractZip(file, into, context);
  return path.join(into, name!);
}
