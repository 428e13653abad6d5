import { rm } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import { inParallel } from '../../in-parallel.ts';
import { type FileFact, hashText } from '../files.ts';
import type { StoreLayout } from '../layout.ts';
import { linkOrCopy } from '../link.ts';
import type { LockedInput } from './inputs-lock.ts';

/** Where a partition keeps its inputs: links to the store's files. */
export const INPUTS_FOLDER = 'inputs';
const PREFIX_LENGTH = 10;
/** In characters, of up to 4 bytes: with the prefix within 255 bytes. The end of a name says what it is. */
const NAME_LENGTH = 60;
const AT_ONCE = 8;

/** One folder for all, since every folder is flushed to the disk on its own. */
function nameFor(place: string): string {
  return `${INPUTS_FOLDER}/${hashText(place).slice(0, PREFIX_LENGTH)}-${path.posix.basename(place).slice(-NAME_LENGTH)}`;
}

export const isInput = (file: string) => file.startsWith(`${INPUTS_FOLDER}/`);

/**
 * Takes the files of locked inputs into a partition's directory, so that whatever happens to the store afterwards
 * cannot change or remove them.
 *
 * @returns the inputs with the place of their file
 * @throws LifecycleError BLD_INPUT_CHANGED when a file is not there, or has another size than its record says
 */
export async function takeInputs(
  layout: StoreLayout,
  inputs: readonly LockedInput[],
  dir: string,
): Promise<LockedInput[]> {
  await rm(path.join(dir, INPUTS_FOLDER), { recursive: true, force: true });
  const places = [...new Set(inputs.flatMap((input) => input.path ?? []))];
  const sizes = new Map<string, number | undefined>();
  await inParallel(places, AT_ONCE, async (place) => {
    const source = path.join(layout.root, ...place.split('/'));
    try {
      sizes.set(place, (await linkOrCopy(source, path.join(dir, nameFor(place)))).size);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  });
  const lost = inputs.flatMap(({ id, version, path: place, bytes }) => {
    if (place === null || sizes.get(place) === bytes) return [];
    return [`${id} ${version}: its file ${sizes.has(place) ? 'changed' : 'is gone'}`];
  });
  if (lost.length > 0) {
    const list = lost.map((line) => `\n  ${line}`);
    throw new LifecycleError('BLD_INPUT_CHANGED', `files in the store are not as their records say:${list.join('')}`, {
      hint: 'make these versions again with --overwrite',
      details: { changed: lost },
    });
  }
  return inputs.map((input) => (input.path === null ? input : { ...input, file: nameFor(input.path) }));
}

/** The files that a plan took, by the facts that their records gave: they are hashed when they are loaded. */
export function takenFiles(inputs: readonly LockedInput[]): FileFact[] {
  const facts = new Map<string, FileFact>();
  for (const { file, bytes, sha256 } of inputs) {
    if (file && bytes !== null && sha256 !== null) facts.set(file, { path: file, bytes, sha256 });
  }
  return [...facts.values()];
}
