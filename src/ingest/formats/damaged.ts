import path from 'node:path';
import { LifecycleError } from '../../errors.ts';

/** A file that says one thing and holds another. */
export function damaged(file: string, what: string): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `${path.basename(file)} ${what}`, {
    hint: 'the file is damaged or was not fetched whole: fetch it again; if it stays so, tell the owner of the source',
  });
}
