import {
  ARCHIVE_SOURCE,
  type ArchivedVersion,
  type Catalog,
  InputProblem,
  RELEASES,
  SOURCES_WITHOUT_VERSIONS,
} from './catalog.ts';

/**
 * Asks this store first, then what earlier plans have fetched, then the source that the recipe names, where it may be
 * asked. Each question is asked once, and its answer, or its failure, is the same for everybody.
 *
 * @param fetched what an earlier plan was told of a version whose file it fetched
 */
export function planCatalog(
  store: Catalog,
  fetched: (id: string, version: string) => Promise<ArchivedVersion | undefined>,
  sources: Catalog,
): Catalog {
  const isAsked = (source: string) => sources.unasked?.(source) === undefined;
  const once = asker();
  return {
    sources: store.sources,
    unasked: sources.unasked,
    latest: once('latest', async (source: string, id: string) => {
      try {
        return await store.latest(source, id);
      } catch (error) {
        if (!(error instanceof InputProblem) || !error.isMissing) throw error;
        if (SOURCES_WITHOUT_VERSIONS.includes(source)) return null;
        if (!isAsked(source)) throw error;
      }
      return sources.latest(source, id);
    }),
    archived: once('archived', async (id: string, version: string) => {
      const known = (await store.archived(id, version)) ?? (await fetched(id, version));
      return known ?? (isAsked(ARCHIVE_SOURCE) ? sources.archived(id, version) : undefined);
    }),
    published: once('published', async (product: string) => {
      const own = await store.published(product);
      return isAsked(RELEASES) ? [...new Set([...own, ...(await sources.published(product))])] : own;
    }),
    previousSourceDataVersions: once('previous', async (product: string) => {
      const own = await store.previousSourceDataVersions(product);
      return own ?? (isAsked(RELEASES) ? sources.previousSourceDataVersions(product) : undefined);
    }),
  };
}

function asker() {
  const answers = new Map<string, Promise<unknown>>();
  return <A extends string[], R>(question: string, ask: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      const name = JSON.stringify([question, ...args]);
      const known = answers.get(name) as Promise<R> | undefined;
      if (known) return known;
      const answer = ask(...args);
      answers.set(name, answer);
      return answer;
    };
}
