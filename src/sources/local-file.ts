import { constants } from 'node:fs';
import { copyFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { keyOf, plainFilename } from './arguments.ts';
import type { SourceConnector } from './source.ts';
import { checkContent } from './transfer/content.ts';

/** A file on this machine: relative to the project's root and inside it, or anywhere by its absolute path. */
export const connector: SourceConnector = {
  type: 'local_file',
  async fetch(args, destination, context) {
    const key = keyOf(args, 'local_file');
    const source = await locate(key, context.settings.projectDir);
    const filename = plainFilename(source, 'local_file');
    await checkContent(source, filename, key, context.format);
    const target = path.join(destination, filename);
    try {
      // A reflink where the file system has them: no byte is copied.
      await copyFile(source, target, constants.COPYFILE_FICLONE);
    } catch (error) {
      throw new LifecycleError('STO_WRITE_FAILED', `${key} could not be copied`, {
        hint: 'see the cause: free space, permissions, a read-only file system',
        cause: error,
      });
    }
    const { mtime } = await stat(source);
    return { path: target, filename, facts: { source_path: source, last_modified: mtime.toISOString() } };
  },
};

async function locate(key: string, projectDir: string): Promise<string> {
  const wanted = path.resolve(projectDir, key);
  const outside = (place: string) => {
    const relative = path.relative(projectDir, place);
    return relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  };
  const refusal = new LifecycleError(
    'SRC_OUTSIDE_PROJECT',
    `the local file ${JSON.stringify(key)} lies outside the project`,
    {
      hint: `put it into ${projectDir}, or give its absolute path`,
    },
  );
  if (!path.isAbsolute(key) && outside(wanted)) throw refusal;
  let real: string;
  try {
    real = await realpath(wanted);
    if (!(await stat(real)).isFile()) {
      throw new LifecycleError('SRC_NOT_FOUND', `${key} is no file`, { hint: `looked at ${wanted}` });
    }
  } catch (error) {
    if (error instanceof LifecycleError) throw error;
    throw new LifecycleError('SRC_NOT_FOUND', `there is no local file ${JSON.stringify(key)}`, {
      hint: `looked for ${wanted}; a relative path begins at the project's root`,
      cause: error,
    });
  }
  // A symbolic link may lead around inside the project, not out of it.
  if (!path.isAbsolute(key) && outside(await realpathWithin(real, projectDir))) throw refusal;
  return wanted;
}

/** `real` as seen from the project's own path, which may itself hold symbolic links. */
async function realpathWithin(real: string, projectDir: string): Promise<string> {
  const relative = path.relative(await realpath(projectDir), real);
  return path.resolve(projectDir, relative);
}
