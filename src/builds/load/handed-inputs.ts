import { constants } from 'node:fs';
import { copyFile, mkdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import type { LockedInput } from '../../store/builds/inputs-lock.ts';
import { hashFile } from '../../store/files.ts';
import type { BuildContext } from '../build-options.ts';
import { fileIdentity } from '../known-hashes.ts';
import { type VerifiedInput, verifyInputs } from './verify-inputs.ts';

/** In the partition while commands run: its path is the same in every run, so that what mentions it is too. */
const HANDED_FOLDER = 'handed';

interface HandedFile {
  input: VerifiedInput;
  file: string;
  identity: string | undefined;
}

/** Inputs that the commands of a build read as files. */
export interface HandedInputs {
  /** Where the commands find a file of the partition's. */
  pathFor(file: string): string;
  /** @throws LifecycleError BLD_INPUT_CHANGED when a command has written into an input */
  check(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Gives the commands copies of the files: a link shares its bytes with the store, where whatever is written into it
 * would be written into the published version. All inputs are checked against the lock before and at every `check`.
 *
 * @throws LifecycleError BLD_INPUT_CHANGED
 */
export async function handInputs(
  context: BuildContext,
  partitionDir: string,
  inputs: readonly LockedInput[],
): Promise<HandedInputs> {
  const { layout, product, key } = context;
  const dir = path.join(layout.builds.partition(product.id, key), HANDED_FOLDER);
  const remove = () => rm(dir, { recursive: true, force: true });
  // What a killed run left there.
  await remove();
  const verified = await verifyInputs(context, partitionDir, inputs);
  const handed = new Map<string, HandedFile>();
  try {
    for (const input of verified) {
      if (!isHandedOver(input) || handed.has(input.file)) continue;
      const file = path.join(dir, ...input.path!.split('/'));
      await copyForWriting(input.file, file);
      if ((await hashFile(file)).sha256 !== input.sha256)
        throw changed(context, [input], 'changed while it was copied');
      handed.set(input.file, { input, file, identity: await fileIdentity(file) });
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    pathFor: (file) => handed.get(file)?.file ?? file,
    async check() {
      const spoiled: LockedInput[] = [];
      for (const { input, file, identity } of handed.values()) {
        const now = await fileIdentity(file);
        if (now === identity) continue;
        const hash = now === undefined ? undefined : await hashFile(file).catch(() => undefined);
        if (hash?.sha256 !== input.sha256) spoiled.push(input);
      }
      if (spoiled.length > 0) throw wroteInto(context, spoiled);
      await verifyInputs(context, partitionDir, inputs);
    },
    remove,
  };
}

/** Whether commands, and not the load, read an input. */
export function isHandedOver({ destination }: LockedInput): boolean {
  return destination === 'file' || destination === 'df';
}

/** Copies a file with its times, so that everything that is written into the copy shows. */
export async function copyForWriting(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const { atime, mtime } = await stat(from);
  await utimes(to, atime, mtime);
}

const linesOf = (inputs: readonly LockedInput[]) =>
  inputs.map(({ id, version, path: place }) => `${id} ${version ?? ''}: ${place}`);

function changed({ product, key }: BuildContext, inputs: readonly LockedInput[], what: string): LifecycleError {
  const [line] = linesOf(inputs);
  return new LifecycleError('BLD_INPUT_CHANGED', `an input of ${product.id} ${key} ${what}: ${line}`, {
    hint: 'run the same command again',
    details: { changed: linesOf(inputs) },
  });
}

function wroteInto({ product, key }: BuildContext, inputs: readonly LockedInput[]): LifecycleError {
  const list = linesOf(inputs).map((line) => `\n  ${line}`);
  return new LifecycleError(
    'BLD_INPUT_CHANGED',
    `the build of ${product.id} ${key} wrote into its inputs:${list.join('')}`,
    {
      hint: 'correct the command, for example by copying the file first; it wrote into a copy, and the store is as it was',
      details: { changed: linesOf(inputs) },
    },
  );
}
