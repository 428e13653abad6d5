import { z } from 'zod';
import { FILE_TYPE_NAMES, FILE_TYPES } from '../../project/vocabulary/file-types.ts';
import { keyOf, oneOf, optionalText, plainFilename } from '../arguments.ts';
import { answerError } from '../http/text.ts';
import { Bucket } from '../s3/bucket.ts';
import type { ListingConnector, SourceContext } from '../source.ts';
import { newestFirst, privateBucket, recipesBucket, versionOf } from './layout.ts';
import { ownStoreFirst } from './own-store.ts';

/** The config.json beside an archived dataset, as its three generations of tools wrote it. */
const CONFIG = z.union([
  z.object({ timestamp: z.string() }).transform(({ timestamp }) => timestamp),
  z.object({ version: z.string() }).transform(({ version }) => version),
  z.object({ dataset: z.object({ version: z.string() }) }).transform(({ dataset }) => dataset.version),
]);

interface Archive {
  type: string;
  bucket(context: SourceContext): string;
  folder: string;
  /** Whether `latest/config.json` names the newest version; else the folders do. */
  hasLatest: boolean;
}

/** Archived datasets: `{folder}/{id}/{version}/{id}.{extension}`. */
function archiveConnector({ type, bucket: bucketOf, folder, hasLatest }: Archive): ListingConnector {
  const listVersions: ListingConnector['listVersions'] = async (args, context) => {
    const { folders } = await new Bucket(bucketOf(context), context).list(`${folder}/${keyOf(args, type)}`);
    return folders.filter((name) => name !== 'latest');
  };
  return {
    type,
    listVersions,

    async latestVersion(args, context) {
      const id = keyOf(args, type);
      if (!hasLatest) return newestFirst(await listVersions(args, context))[0];
      const bucket = new Bucket(bucketOf(context), context);
      const file = `${folder}/${id}/latest/config.json`;
      const version = CONFIG.safeParse(await bucket.getJson(file));
      if (!version.success) throw answerError(bucket.address(file), 'it names no version');
      return version.data;
    },

    async fetch(args, destination, context) {
      const id = keyOf(args, type);
      const fileType = oneOf(optionalText(args, 'file_type', type) ?? 'parquet', FILE_TYPE_NAMES, 'file_type', type);
      const file =
        optionalText(args, 'filename', type) ??
        optionalText(args, 'filepath', type) ??
        `${id}.${FILE_TYPES[fileType].usualEnding}`;
      const bucket = new Bucket(bucketOf(context), context);
      return bucket.get(`${folder}/${id}/${versionOf(context, type)}/${file}`, destination, plainFilename(file, type));
    },
  };
}

export const recipesDatasets = ownStoreFirst(
  archiveConnector({ type: 'edm.recipes.datasets', bucket: recipesBucket, folder: 'datasets', hasLatest: true }),
);

export const recipesRawDatasets = archiveConnector({
  type: 'edm.recipes.raw_datasets',
  bucket: recipesBucket,
  folder: 'raw',
  hasLatest: true,
});

export const privateDatasets = archiveConnector({
  type: 'edm.private',
  bucket: privateBucket,
  folder: 'datasets',
  hasLatest: false,
});
