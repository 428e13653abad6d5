import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { hashFile } from '../store/files.ts';
import type { BuildContext } from './build-options.ts';
import type { LockedInput } from './inputs-lock.ts';

/** A locked input whose file is where the lock says, with the bytes that it says. */
export interface VerifiedInput extends LockedInput {
  /** Absolute path. */
  file: string;
}

/**
 * Hashes every locked file.
 *
 * @throws LifecycleError BLD_MISSING_INPUTS for inputs that were planned from a catalog and are not in this store,
 * BLD_INPUT_CHANGED for files that are gone or have other bytes
 */
export async function verifyInputs(context: BuildContext, inputs: readonly LockedInput[]): Promise<VerifiedInput[]> {
  const { product, key, layout } = context;
  const absent = inputs.filter((input) => input.path === null);
  if (absent.length > 0) {
    const names = absent.map((input) => `\n  ${input.id} ${input.version ?? ''}`).join('');
    throw new LifecycleError('BLD_MISSING_INPUTS', `inputs of ${product.id} ${key} are not in this store:${names}`, {
      hint: 'ingest them, then plan again without --catalog',
      details: { missing: absent.map(({ id, version }) => ({ id, version })) },
    });
  }
  const hashes = new Map<string, Promise<string | undefined>>();
  const hashOf = (file: string) => {
    const known = hashes.get(file);
    if (known) return known;
    const hash = hashFile(file).then(
      ({ sha256 }) => sha256,
      () => undefined,
    );
    hashes.set(file, hash);
    return hash;
  };
  const verified: VerifiedInput[] = [];
  const changed: string[] = [];
  let fetched: string | undefined;
  for (const input of inputs) {
    const file = path.join(layout.root, ...input.path!.split('/'));
    const sha256 = await hashOf(file);
    if (sha256 === input.sha256) verified.push({ ...input, file });
    else {
      changed.push(`${input.id} ${input.version}: ${sha256 === undefined ? 'its file is gone' : 'its file changed'}`);
      if (input.fetched_from) fetched ??= file;
    }
  }
  if (changed.length > 0) {
    const list = changed.map((line) => `\n  ${line}`).join('');
    throw new LifecycleError(
      'BLD_INPUT_CHANGED',
      `inputs of ${product.id} ${key} are not as they were locked:${list}`,
      {
        hint: fetched
          ? `remove ${fetched}, then run the same command again with --stage plan --force: it is fetched anew`
          : 'plan again with --stage plan --force to take what is there now, or restore the versions',
        details: { changed },
      },
    );
  }
  return verified;
}
