import { open } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { listZip, type ZipMember } from './archive.ts';
import { type ArchiveLimits, show } from './limits.ts';

/**
 * The files of a zip, folders left out.
 * @throws LifecycleError ING_EMPTY_FILE, SRC_ARCHIVE_*
 */
export async function filesOfZip(file: string, limits: Partial<ArchiveLimits> = {}): Promise<ZipMember[]> {
  const files = (await listZip(file, limits)).filter(({ isDirectory }) => !isDirectory);
  if (files.length === 0) {
    throw new LifecycleError('ING_EMPTY_FILE', `${path.basename(file)} is an archive without files`, {
      hint: 'look at what the source gives: an empty archive is never a dataset',
    });
  }
  return files;
}

/** What to do about an archive in which what is wanted is not, since it holds another one. */
export function innerArchiveHint(names: readonly string[]): string | undefined {
  const inner = names.filter((name) => name.toLowerCase().endsWith('.zip'));
  const [first] = inner;
  if (first === undefined) return undefined;
  const others = inner.length > 1 ? ` (or ${inner.slice(1, 8).join(', ')})` : '';
  return `it holds another archive: write unzipped_filename: ${first}${others} in file_format to read that one`;
}

/**
 * Refuses a file whose first bytes are an archive's, though its name does not say so: readers go by the name.
 * @throws LifecycleError ING_BAD_FILE
 */
export async function refuseHiddenArchive(file: string, limits: Partial<ArchiveLimits> = {}): Promise<void> {
  const handle = await open(file, 'r');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0).finally(() => handle.close());
  const name = path.basename(file);
  if (bytesRead === 4 && [0x504b0304, 0x504b0506].includes(buffer.readUInt32BE(0))) {
    const [first] = await filesOfZip(file, limits);
    throw new LifecycleError('ING_BAD_FILE', `${name} is a zip archive, though its name does not say so`, {
      hint: `write unzipped_filename: ${first?.name} in file_format, or give the file a name that ends in .zip`,
    });
  }
  if (bytesRead > 2 && buffer.readUInt16BE(0) === 0x1f8b && !/\.t?gz$/i.test(name)) {
    throw new LifecycleError('ING_BAD_FILE', `${name} is packed by gzip, though its name does not say so`, {
      hint: `give the file a name that says so, such as filename: ${name}.gz in source`,
    });
  }
}

/** The file of a zip to suggest to who must choose: the largest, where there is one that is no archive itself. */
export function likeliest(files: readonly ZipMember[]): string {
  const plain = files.filter(({ name }) => !name.toLowerCase().endsWith('.zip'));
  const candidates = plain.length > 0 ? plain : files;
  return candidates.reduce((most, one) => (one.bytes > most.bytes ? one : most)).name;
}

/** Names for a message. */
export function someNames(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map((name) => show(name).slice(1, -1));
  return `${shown.join(', ')}${names.length > most ? ', …' : ''}`;
}
