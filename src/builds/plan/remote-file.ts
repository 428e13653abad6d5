import { datasetIdFrom, isVersion, parseVersion, productIdFrom, sourceNameFrom } from '../../ids.ts';
import type { InputDataset } from '../../project/recipe-model.ts';
import { FILE_TYPES } from '../../project/vocabulary/file-types.ts';
import type { SourceArguments } from '../../sources/source.ts';
import type { FetchedPlace, FetchedRecord } from '../../store/fetched.ts';
import { ARCHIVE_SOURCE, type ArchivedVersion, InputProblem } from './catalog.ts';
import { customText } from './stored-inputs.ts';

/** The file of an input as its source has it. */
export interface RemoteFile {
  readonly place: FetchedPlace;
  /** Names the file among all of its version. */
  readonly request: string;
  /** For the connector of the source. */
  readonly args: SourceArguments;
}

/** A file that a plan is to fetch. */
export interface WantedFile {
  readonly remote: RemoteFile;
  /** What its source says of the version, to be kept with the file. */
  readonly facts: FetchedRecord['facts'];
}

const USUAL_TYPE = 'parquet';

/**
 * Which file of its source an input means. What a recipe says under `custom` reaches the connector as it stands there.
 *
 * @param archived what the archive says of the version, if it was asked
 * @throws InputProblem when the archive has the version without the file, or this program could not keep it
 */
export function remoteFile(input: InputDataset, archived: ArchivedVersion | undefined): RemoteFile {
  const place = placeOf(input);
  if (!place) {
    const what = `${input.id} ${input.version} of ${input.source}`;
    throw new InputProblem('source_refused', `${what} has a name that cannot be that of a folder in this store`);
  }
  const custom = Object.fromEntries([...input.custom].filter(([, value]) => typeof value === 'string'));
  const filename = customText(input, 'filepath') ?? customText(input, 'filename');
  const { source } = place;
  if (source === 'bytes') {
    const args = { ...custom, key: input.id };
    return { place, request: customText(input, 'file_id') ?? '', args };
  }
  if (source.startsWith('edm.publishing.')) {
    const filepath =
      filename ?? (input.file_type ? `${input.id}.${FILE_TYPES[input.file_type].archivedEndings[0]}` : undefined);
    const request = [customText(input, 'dataset'), filepath].filter((part) => part !== undefined).join('/');
    return { place, request, args: { ...custom, key: input.id, filepath } };
  }
  const request = filename ?? archivedName(input, archived);
  if (source === ARCHIVE_SOURCE && archived?.files && !archived.files.includes(request)) {
    throw new InputProblem(
      'no_files',
      `version ${input.version} of ${input.id} has no file ${request} in ${source}; it has ${archived.files.join(', ')}`,
    );
  }
  return { place, request, args: { key: input.id, filename: request } };
}

function archivedName(input: InputDataset, archived: ArchivedVersion | undefined): string {
  const names = FILE_TYPES[input.file_type ?? USUAL_TYPE].archivedEndings.map((ending) => `${input.id}.${ending}`);
  return names.find((name) => archived?.files?.includes(name)) ?? names[0]!;
}

/** Where a version is kept when it has been fetched; undefined when one of its names cannot be that of a folder. */
export function placeOf({
  id,
  source,
  version,
}: Pick<InputDataset, 'id' | 'source' | 'version'>): FetchedPlace | undefined {
  const place = {
    source: sourceNameFrom(source ?? ARCHIVE_SOURCE),
    id: datasetIdFrom(id) ?? productIdFrom(id),
    version: version !== null && isVersion(version) ? parseVersion(version) : undefined,
  };
  return place.source && place.id && place.version ? (place as FetchedPlace) : undefined;
}
