import { LifecycleError } from '../errors.ts';
import { KEY_NAMES, type KeyName, keyNameOf } from '../project/vocabulary/source.ts';
import type { SourceArguments } from './source.ts';

export function argumentError(message: string, hint?: string): LifecycleError {
  return new LifecycleError('SRC_ARGUMENTS', message, {
    hint: hint ?? 'docs/sources.md lists the arguments of every source type',
  });
}

/**
 * The key of a source, such as its URL: the first of KEY_NAMES that is given.
 * @throws LifecycleError SRC_ARGUMENTS
 */
export function keyOf(args: SourceArguments, type: string): string {
  const name = nameOfKey(args);
  const value = name === undefined ? undefined : args[name];
  if (value === undefined) throw argumentError(`a ${type} source needs a key`, `give one of ${KEY_NAMES.join(', ')}`);
  if (typeof value !== 'string') throw argumentError(`\`${name}\` of a ${type} source must be text`);
  return value;
}

/** Under which name a source has its key; what is null is not there. */
export function nameOfKey(args: SourceArguments): KeyName | undefined {
  return keyNameOf((name) => args[name] !== undefined && args[name] !== null);
}

/** @throws LifecycleError SRC_ARGUMENTS when the argument is there and is no text */
export function optionalText(args: SourceArguments, name: string, type: string): string | undefined {
  const value = args[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw argumentError(`\`${name}\` of a ${type} source must be text`);
  return value;
}

/** @throws LifecycleError SRC_ARGUMENTS */
export function requiredText(args: SourceArguments, name: string, type: string): string {
  const value = optionalText(args, name, type);
  if (value === undefined || value === '') throw argumentError(`a ${type} source needs \`${name}\``);
  return value;
}

/** @throws LifecycleError SRC_ARGUMENTS when the argument is none of the values */
export function oneOf<T extends string>(value: string, values: readonly T[], name: string, type: string): T {
  const found = values.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw argumentError(
    `${JSON.stringify(value)} is no \`${name}\` of a ${type} source`,
    `use one of ${values.join(', ')}`,
  );
}

/** File systems take 255; what is made of a name, such as a partial download's, is a little longer. */
const MAX_FILENAME_BYTES = 240;

/**
 * The last part of a remote path as a file name of our own.
 * @throws LifecycleError SRC_ARGUMENTS when nothing usable is left
 */
export function plainFilename(remotePath: string, type: string): string {
  const name = remotePath.split('/').findLast((part) => part !== '');
  if (
    name === undefined ||
    name === '.' ||
    name === '..' ||
    /[\p{Cc}\\]/u.test(name) ||
    Buffer.byteLength(name) > MAX_FILENAME_BYTES
  ) {
    throw argumentError(
      `a ${type} source at ${JSON.stringify(remotePath)} gives no usable file name`,
      'give `filename` in the source',
    );
  }
  return name;
}
