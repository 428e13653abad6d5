import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DatasetId, ProductId, SourceName, Version } from '../ids.ts';
import { refuseLink } from './directories.ts';
import {
  type FileFact,
  formatJson,
  hashText,
  makeDirectory,
  syncDirectory,
  syncFile,
  writeFileDurably,
} from './files.ts';
import { RECORD_FILE, type StoreLayout } from './layout.ts';
import { isDamage, readRecordFile } from './record-file.ts';
import { amount, fields, list, object, orNull, pathBelow, text } from './record-shape.ts';

/** A version of something at a source. */
export interface FetchedPlace {
  source: SourceName;
  id: DatasetId | ProductId;
  version: Version;
}

/** A file of a version, `path` relative to the version's directory. */
export interface FetchedFile extends FileFact {
  /** What it is called at its source: the name by which it is asked for. */
  request: string;
  /** Where it came from, fit to be shown. */
  address: string;
  /** ISO time. */
  fetched: string;
}

/**
 * `record.json` of a fetched version. It is written after the files that it names; one that it does not name does not
 * exist for readers.
 */
export interface FetchedRecord {
  format: 1;
  source: string;
  id: string;
  version: string;
  /** What the source says of the version, to be had without asking it again; null where it says nothing. */
  facts: Record<string, unknown> | null;
  files: FetchedFile[];
}

const FETCHED_RECORD = fields({
  source: text,
  id: text,
  version: text,
  facts: orNull(object),
  files: list(fields({ path: pathBelow, bytes: amount, sha256: text, request: text, address: text, fetched: text })),
});

/**
 * What is fetched can be fetched again: a damaged record counts as absent.
 *
 * @throws LifecycleError STO_UNREADABLE, STO_SYMBOLIC_LINK
 */
export async function readFetched(layout: StoreLayout, place: FetchedPlace): Promise<FetchedRecord | undefined> {
  const dir = directoryOf(layout, place);
  for (const each of [path.dirname(path.dirname(dir)), path.dirname(dir), dir]) refuseLink(each);
  const file = path.join(dir, RECORD_FILE);
  return readRecordFile<FetchedRecord>(file, 1, FETCHED_RECORD, place).catch((error: unknown) => {
    if (isDamage(error)) return undefined;
    throw error;
  });
}

/** A file that was fetched before; one that has been removed or cut since counts as absent. */
export async function fetchedFile(
  layout: StoreLayout,
  place: FetchedPlace,
  request: string,
): Promise<{ file: FetchedFile; absolute: string } | undefined> {
  const file = (await readFetched(layout, place))?.files.find((candidate) => candidate.request === request);
  if (!file) return undefined;
  const absolute = path.join(directoryOf(layout, place), file.path);
  const size = await stat(absolute).then(
    (found) => found.size,
    () => undefined,
  );
  return size === file.bytes ? { file, absolute } : undefined;
}

/** Names the claim on a version while a file is added to it. */
export function fetchClaim({ source, id, version }: FetchedPlace): string {
  return `fetch ${source} ${id} ${version}`;
}

/**
 * Puts a whole file, staged on the store's file system, into its version's directory, then writes the record that makes
 * it visible. Files that stand stay as they are, so a build that reads one is not disturbed. The caller holds the claim.
 *
 * @param filename a plain file name
 */
export async function publishFetched(
  layout: StoreLayout,
  place: FetchedPlace,
  staged: { path: string; filename: string } & Omit<FetchedFile, 'path'>,
  facts: FetchedRecord['facts'],
): Promise<void> {
  const dir = directoryOf(layout, place);
  const before = await readFetched(layout, place);
  await makeDirectory(dir, layout.root);
  const others = (before?.files ?? []).filter((file) => file.request !== staged.request);
  const { path: from, filename, ...rest } = staged;
  const taken = filename === RECORD_FILE || others.some((file) => file.path === filename);
  const name = taken ? `${hashText(staged.request).slice(0, 8)}-${filename}` : filename;
  await syncFile(from);
  await rename(from, path.join(dir, name));
  await syncDirectory(dir);
  const record: FetchedRecord = {
    format: 1,
    source: place.source,
    id: place.id,
    version: place.version,
    facts: facts ?? before?.facts ?? null,
    files: [...others, { path: name, ...rest }].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
  await writeFileDurably(path.join(dir, RECORD_FILE), formatJson(record), `${from}.record`);
}

function directoryOf(layout: StoreLayout, { source, id, version }: FetchedPlace): string {
  return layout.fetched.version(source, id, version);
}
