import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { folded } from '../ids.ts';
import { refuseLink, standingDirectories } from './directories.ts';

/**
 * A store is copied between machines; two names that one of them cannot tell apart would become one directory there.
 *
 * @param dir the directory that is about to be made or written
 * @throws LifecycleError STO_NAME_TAKEN where such a name stands beside it; STO_SYMBOLIC_LINK where it is a link
 */
export async function refuseTwin(dir: string): Promise<void> {
  refuseLink(dir);
  const name = path.basename(dir);
  const twin = (await standingDirectories(path.dirname(dir))).find(
    (standing) => standing !== name && folded(standing) === folded(name),
  );
  if (twin === undefined) return;
  throw new LifecycleError('STO_NAME_TAKEN', `${name} and ${twin}, which stands, are one name on some machines`, {
    hint: `write it ${twin}, or choose a name that differs in more than upper and lower case or the form of accents`,
    details: { name, standing: twin },
  });
}
