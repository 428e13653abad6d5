import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import type { LockedInput } from '../../store/builds/inputs-lock.ts';
import type { StoreLayout } from '../../store/layout.ts';
import type { BuildContext } from '../build-options.ts';

/** A locked input whose file is where its partition has it, with the bytes that it says. */
export interface VerifiedInput extends LockedInput {
  /** Absolute path. */
  file: string;
}

/** Where a locked input is read: the partition's own link, or for a lock from before there were any, the store. */
function placeOfInput(layout: StoreLayout, partitionDir: string, input: LockedInput): string {
  return input.file === undefined
    ? path.join(layout.root, ...input.path!.split('/'))
    : path.join(partitionDir, ...input.file.split('/'));
}

/**
 * Hashes every locked file, those that this process has hashed before only if they changed.
 *
 * @throws LifecycleError BLD_MISSING_INPUTS for inputs that were planned from a catalog and are not in this store,
 * BLD_INPUT_CHANGED for files that are gone or have other bytes
 */
export async function verifyInputs(
  context: BuildContext,
  partitionDir: string,
  inputs: readonly LockedInput[],
): Promise<VerifiedInput[]> {
  const { product, key, layout, hashes } = context;
  const absent = inputs.filter((input) => input.path === null);
  if (absent.length > 0) {
    const names = absent.map((input) => `\n  ${input.id} ${input.version ?? ''}`).join('');
    throw new LifecycleError('BLD_MISSING_INPUTS', `inputs of ${product.id} ${key} are not in this store:${names}`, {
      hint: 'ingest them, then plan again without --catalog',
      details: { missing: absent.map(({ id, version }) => ({ id, version })) },
    });
  }
  const verified: VerifiedInput[] = [];
  const changed: string[] = [];
  let fetched: string | undefined;
  for (const input of inputs) {
    const file = placeOfInput(layout, partitionDir, input);
    const sha256 = await hashes.of(file);
    if (sha256 === input.sha256) verified.push({ ...input, file });
    else {
      changed.push(`${input.id} ${input.version}: ${sha256 === undefined ? 'its file is gone' : 'its file changed'}`);
      if (input.fetched_from) fetched ??= path.join(layout.root, ...input.path!.split('/'));
    }
  }
  if (changed.length === 0) return verified;
  const list = changed.map((line) => `\n  ${line}`).join('');
  throw new LifecycleError('BLD_INPUT_CHANGED', `inputs of ${product.id} ${key} are not as they were locked:${list}`, {
    hint: fetched
      ? `remove ${fetched}, then run the same command again with --stage plan --force: it is fetched anew`
      : 'plan again with --stage plan --force to take what the store has now; a version whose own file was written to is made again with ingest --overwrite',
    details: { changed },
  });
}
