import { publishedName } from '../../project/published-names.ts';
import { archivedFileTypes } from '../../project/vocabulary/file-types.ts';
import { connectorFor } from '../../sources/index.ts';
import { SOURCE_DATA_VERSIONS } from '../../store/builds/inputs-lock.ts';
import { ARCHIVE_SOURCE, type Catalog, InputProblem, RELEASES, SOURCES } from './catalog.ts';
import type { SourceAccess } from './source-access.ts';

/** The data files that the archive of datasets tells apart, by their extension. */
/** What the sources themselves say: the department's buckets and the web. */
export function sourceCatalog(access: SourceAccess): Catalog {
  return {
    sources: SOURCES,
    unasked: (source) => access.unasked(source),
    async latest(source, id) {
      const connector = await connectorFor(source);
      if (!connector.latestVersion) {
        throw new InputProblem('no_latest', `${source} has no latest version; name the version of ${id}`);
      }
      const absent = source.startsWith('edm.publishing.') ? 'nothing_published' : 'dataset_or_version_not_archived';
      const ask = () => connector.latestVersion!({ key: id }, access.context('question'));
      const latest = await access.ask(source, absent, ask);
      if (latest === undefined) throw new InputProblem(absent, `${id} has no version in ${source}`);
      return latest;
    },
    async archived(id, version) {
      const { archiveFolder } = await import('../../sources/edm/archived-version.ts');
      const found = await access.ask(ARCHIVE_SOURCE, 'dataset_or_version_not_archived', () =>
        archiveFolder(id, version, access.context('question')),
      );
      if (!found) return undefined;
      return { ...found, fileTypes: archivedFileTypes(found.files) };
    },
    published: (product) =>
      noneIfAbsent([], async () => {
        const { publishedVersions } = await import('../../sources/edm/product-stage.ts');
        return access.ask(RELEASES, 'nothing_published', () =>
          publishedVersions(publishedName(product), access.context('question')),
        );
      }),
    previousSourceDataVersions: (product) =>
      noneIfAbsent(undefined, async () => {
        const { latestPublishedText } = await import('../../sources/edm/product-stage.ts');
        return access.ask(RELEASES, 'nothing_published', () =>
          latestPublishedText(publishedName(product), SOURCE_DATA_VERSIONS, access.context('question')),
        );
      }),
  };
}

async function noneIfAbsent<T, N>(none: N, ask: () => Promise<T>): Promise<T | N> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof InputProblem && error.isMissing) return none;
    throw error;
  }
}
