import { LifecycleError } from '../../errors.ts';
import { publishedName } from '../../project/published-names.ts';
import { argumentError, keyOf, nameOfKey, optionalText, plainFilename } from '../arguments.ts';
import { Bucket } from '../s3/bucket.ts';
import type { SourceConnector, SourceContext, TellingConnector } from '../source.ts';
import { newestFirst, publishingBucket, versionOf } from './layout.ts';

interface Stage {
  type: string;
  bucket(context: SourceContext): string;
  /** Where the versions of a product lie, one folder each. */
  root(product: string, context: SourceContext): string;
  /** The folder of a version below `root`. */
  folder(version: string): string;
  /** Whether the newest of its versions has a meaning. */
  hasLatest: boolean;
  versions(bucket: Bucket, root: string): Promise<string[]>;
}

/** Files of one stage of a product's life: `{product}/{stage}/{version}/{dataset}/{filepath}`. */
function stageConnector(stage: Stage & { hasLatest: true }): TellingConnector;
function stageConnector(stage: Stage): SourceConnector;
function stageConnector(stage: Stage): SourceConnector {
  const { type, versions, hasLatest } = stage;
  const connector: SourceConnector = {
    type,
    async fetch(args, destination, context) {
      const product = keyOf(args, type);
      const file = optionalText(args, 'filepath', type) ?? optionalText(args, 'source_path', type);
      if (file === undefined || file.endsWith('/')) {
        throw argumentError(`a ${type} source needs \`filepath\``, 'name the one file that is to be ingested');
      }
      // Where `dataset` stands in for the key, it is no folder.
      const dataset = nameOfKey(args) === 'dataset' ? undefined : optionalText(args, 'dataset', type);
      const parts = [stage.root(product, context), stage.folder(versionOf(context, type)), dataset, file];
      const key = parts.filter((part) => part !== undefined && part !== '').join('/');
      return new Bucket(stage.bucket(context), context).get(key, destination, plainFilename(file, type));
    },
    listVersions: (args, context) =>
      versions(new Bucket(stage.bucket(context), context), stage.root(keyOf(args, type), context)),
  };
  if (!hasLatest) return connector;
  return {
    ...connector,
    async latestVersion(args, context) {
      const product = keyOf(args, type);
      const bucket = new Bucket(stage.bucket(context), context);
      const root = stage.root(product, context);
      const [latest] = newestFirst(await versions(bucket, root));
      if (latest !== undefined) return latest;
      throw new LifecycleError('SRC_NOT_FOUND', `${bucket.address(root)}/ has no version`, {
        hint: 'check the name of the product',
      });
    },
  };
}

function publishingRoot(product: string, stage: string, context: SourceContext): string {
  const top = context.settings.value('PUBLISHING_BUCKET_ROOT_FOLDER')?.replace(/^\/+|\/+$/g, '');
  return [top, publishedName(product), stage].filter((part) => part).join('/');
}

const versionFolders = async (bucket: Bucket, root: string) =>
  (await bucket.list(root)).folders.filter((name) => name !== 'latest');

export const published = stageConnector({
  type: 'edm.publishing.published',
  bucket: publishingBucket,
  root: (product, context) => publishingRoot(product, 'publish', context),
  folder: (version) => version,
  hasLatest: true,
  versions: versionFolders,
});

/**
 * Versions of a product that have been published, in no order; none where its folder is not there.
 * @throws LifecycleError SRC_*
 */
export function publishedVersions(product: string, context: SourceContext): Promise<string[]> {
  const bucket = new Bucket(publishingBucket(context), context);
  return versionFolders(bucket, publishingRoot(product, 'publish', context));
}

/**
 * A file of what is published as a product's latest version.
 * @throws LifecycleError SRC_*
 */
export async function latestPublishedText(product: string, file: string, context: SourceContext): Promise<string> {
  const bucket = new Bucket(publishingBucket(context), context);
  return (await bucket.getText(`${publishingRoot(product, 'publish', context)}/latest/${file}`)).text;
}

/** A draft's version is `{version}.{revision}`, and each part a folder. */
export const drafts = stageConnector({
  type: 'edm.publishing.drafts',
  bucket: publishingBucket,
  root: (product, context) => publishingRoot(product, 'draft', context),
  folder(version) {
    const dot = version.lastIndexOf('.');
    if (dot <= 0) {
      throw argumentError(
        `${JSON.stringify(version)} names no draft`,
        'a draft is VERSION.REVISION, such as 24v3.1-corrections',
      );
    }
    return `${version.slice(0, dot)}/${version.slice(dot + 1)}`;
  },
  hasLatest: true,
  async versions(bucket, root) {
    const found: string[] = [];
    for (const version of await versionFolders(bucket, root)) {
      for (const revision of (await bucket.list(`${root}/${version}`)).folders) found.push(`${version}.${revision}`);
    }
    return found;
  },
});

export const builds = stageConnector({
  type: 'edm.publishing.builds',
  bucket: publishingBucket,
  root: (product, context) => publishingRoot(product, 'build', context),
  folder: (version) => version,
  hasLatest: false,
  versions: versionFolders,
});

export const plans = stageConnector({
  type: 'edm.publishing.plan',
  bucket: publishingBucket,
  root: (product, context) => publishingRoot(product, 'plan', context),
  folder: (version) => version,
  hasLatest: true,
  versions: versionFolders,
});
