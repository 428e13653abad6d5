import path from 'node:path';
import { isVersion, parseVersion, templateIdFrom } from '../../ids.ts';
import { openIngestStore } from '../../store/ingest.ts';
import { fileOf } from '../../store/ingest-record.ts';
import { storeLayout } from '../../store/layout.ts';
import { keyOf } from '../arguments.ts';
import { connector as localFile } from '../local-file.ts';
import { contentOf, type Fetched, type ListingConnector, type SourceArguments, type SourceContext } from '../source.ts';

/**
 * Looks into the project's own store before it asks `archive`: what has been ingested here is what the department's
 * archive would hold, so a template that builds on another one works without the archive.
 */
export function ownStoreFirst(archive: ListingConnector): ListingConnector {
  return {
    type: archive.type,
    // What has been ingested here is no release of the archive's.
    listVersions: archive.listVersions,

    async latestVersion(args, context) {
      const store = openIngestStore(storeLayout(context.settings.storeDir));
      const template = templateIdFrom(keyOf(args, archive.type));
      const own = template && (await store.latest(template));
      return own ?? archive.latestVersion(args, context);
    },

    async fetch(args, destination, context) {
      return (await fromStore(args, archive.type, destination, context)) ?? archive.fetch(args, destination, context);
    },
  };
}

async function fromStore(
  args: SourceArguments,
  type: string,
  destination: string,
  context: SourceContext,
): Promise<Fetched | undefined> {
  const id = keyOf(args, type);
  const template = templateIdFrom(id);
  const wantsParquet =
    (args.file_type ?? 'parquet') === 'parquet' && (args.filename ?? `${id}.parquet`) === `${id}.parquet`;
  if (!template || !wantsParquet || context.version === undefined || !isVersion(context.version)) return undefined;
  const version = parseVersion(context.version);
  const store = openIngestStore(storeLayout(context.settings.storeDir));
  const record = await store.read(template, version);
  const dataset = record?.datasets.find((candidate) => candidate.id === id);
  if (!record || !dataset) return undefined;
  const file = path.join(await store.directory(template, version), dataset.path);
  const fetched = await localFile.fetch({ key: file }, destination, context);
  context.reporter.log('info', `${id} ${version} is taken from the project's own store`);
  const { bytes, sha256 } = fileOf(record, dataset.path) ?? (await contentOf(fetched));
  return { ...fetched, facts: { origin: 'own store', dataset: id, version, bytes, sha256 } };
}
