import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PartitionKey } from '../../ids.ts';
import { SOURCE_DATA_VERSIONS } from '../../store/builds/inputs-lock.ts';
import { type Catalog, InputProblem, SOURCES, SOURCES_WITHOUT_VERSIONS } from './catalog.ts';
import { configFacts, type StoredInputs } from './stored-inputs.ts';

/**
 * What this store holds, as a catalog: ingested versions for every source, finished builds for what products publish.
 *
 * @param building the partition that is being planned; its earlier builds are not releases before it
 */
export function storeCatalog(
  stored: StoredInputs,
  building: { product: string; name: string; key: PartitionKey },
): Catalog {
  const releases = async (name: string) => {
    const own = name === building.name || name === building.product;
    const builds = await stored.builds(own ? building.product : name);
    return own ? builds.filter((build) => build.key !== building.key) : builds;
  };
  return {
    sources: [...SOURCES, ...SOURCES_WITHOUT_VERSIONS].sort(),
    async latest(source, id) {
      if (source.startsWith('edm.publishing.')) {
        const versions = (await releases(id)).map((build) => build.record.version).sort();
        const latest = versions.at(-1);
        if (latest === undefined) throw new InputProblem('nothing_published', `${id} has not been built in this store`);
        return latest;
      }
      const latest = await stored.latest(id);
      if (latest === undefined) {
        throw new InputProblem('dataset_or_version_not_archived', `${id} has no latest version in this store`);
      }
      return latest;
    },
    async archived(id, version) {
      const found = await stored.version(id, version);
      if (!found) return undefined;
      const { name, url } = await configFacts(found);
      const types = found.dataset ? (['parquet'] as const) : [];
      const csv = found.record.files.some((file) => file.path.endsWith(`/${id}.csv`)) ? (['csv'] as const) : [];
      return { fileTypes: [...types, ...csv], name, archiveDate: found.record.created, url };
    },
    published: async (product) => [...new Set((await releases(product)).map((build) => build.record.version))],
    async previousSourceDataVersions(product) {
      const [last] = await releases(product);
      return last && readFile(path.join(last.dir, SOURCE_DATA_VERSIONS), 'utf8');
    },
  };
}
