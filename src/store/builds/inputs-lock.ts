import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import type { Destination, Preprocessor } from '../../project/recipe-model.ts';
import type { FileType } from '../../project/vocabulary/file-types.ts';
import { amount, fields, list, object, orAbsent, orNull, pathBelow, text } from '../record-shape.ts';

export const INPUTS_LOCK = 'inputs.lock.json';
export const RECIPE_LOCK = 'recipe.lock.yml';
export const SOURCE_DATA_VERSIONS = 'source_data_versions.csv';

/** One input as it was locked: which bytes, and why these. */
export interface LockedInput {
  id: string;
  /** The name of its table, where that is not the id. */
  import_as: string | null;
  /** Where the recipe says that it is archived. */
  source: string;
  version: string | null;
  /** Of the locked file; what the recipe asked for may have been another one. */
  file_type: FileType | null;
  /** Where it lay when it was locked, relative to the store, with `/`; null when the version is not in this store. */
  path: string | null;
  /** The partition's own link to that file, relative to the partition, with `/`. Absent outside of one, and in older locks. */
  file?: string | undefined;
  sha256: string | null;
  bytes: number | null;
  /** Null for a file whose rows nobody counted. */
  rows: number | null;
  crs: string | null;
  geometry_column: string | null;
  destination: Destination;
  preprocessor: Preprocessor | null;
  load_engine: string;
  /** As the recipe has it, made JSON. */
  custom: Record<string, unknown>;
  /** Why that version, in a sentence. */
  why: string;
  /** Where a plan fetched the file from; null for what was ingested or built here. Older locks do not say. */
  fetched_from?: string | null;
}

/** `inputs.lock.json`. It holds no times, so that planning the same twice gives the same bytes. */
export interface InputsLock {
  format: 1;
  product: string;
  partition_key: string;
  version: string;
  /** Why the build has that version. */
  version_reason: string;
  /** The recipe's name in the product's folder; null for a product without one. */
  recipe: string | null;
  inputs: LockedInput[];
}

const LOCK = fields({
  product: text,
  partition_key: text,
  version: text,
  inputs: list(
    fields({
      id: text,
      import_as: orNull(text),
      source: text,
      version: orNull(text),
      file_type: orNull(text),
      path: orNull(pathBelow),
      file: orAbsent(pathBelow),
      sha256: orNull(text),
      bytes: orNull(amount),
      rows: orNull(amount),
      crs: orNull(text),
      geometry_column: orNull(text),
      destination: text,
      preprocessor: orNull(object),
      load_engine: text,
      custom: object,
      why: text,
    }),
  ),
});

/** @throws LifecycleError BLD_LOCK_INVALID */
export async function readInputsLock(dir: string): Promise<InputsLock> {
  const file = path.join(dir, INPUTS_LOCK);
  let lock: InputsLock | null;
  try {
    lock = JSON.parse(await readFile(file, 'utf8')) as InputsLock | null;
  } catch (cause) {
    throw new LifecycleError('BLD_LOCK_INVALID', `${file} cannot be read`, { cause });
  }
  const fault = lock?.format === 1 ? LOCK(lock) : '.format';
  if (fault === undefined) return lock!;
  throw new LifecycleError('BLD_LOCK_INVALID', `${file} is not in the form of this program (${fault.slice(1)})`, {
    hint: 'plan again with --force',
  });
}
