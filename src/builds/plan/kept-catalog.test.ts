import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ArchivedVersion, type Catalog, InputProblem } from './catalog.ts';
import { planCatalog } from './kept-catalog.ts';

const ARCHIVE = 'edm.recipes.datasets';
const version = (name: string): ArchivedVersion => ({ fileTypes: ['csv'], name, archiveDate: null, url: null });

/** A catalog that knows these datasets, with the questions that it was asked. */
function catalogOf(name: string, ids: readonly string[], unasked?: string): Catalog & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    sources: [ARCHIVE],
    unasked: () => unasked,
    async latest(source, id) {
      asked.push(`latest ${id}`);
      if (ids.includes(id)) return `${name}'s`;
      throw new InputProblem(
        id === 'failing' ? 'source_failed' : 'dataset_or_version_not_archived',
        `${source} ${name}`,
      );
    },
    async archived(id) {
      asked.push(`archived ${id}`);
      return ids.includes(id) ? version(name) : undefined;
    },
    async published() {
      asked.push('published');
      return [name, 'both'];
    },
    async previousSourceDataVersions(product) {
      return ids.includes(product) ? name : undefined;
    },
  };
}

test('the store is asked first, then what was fetched, then the source', async () => {
  const [store, source] = [catalogOf('store', ['here']), catalogOf('source', ['here', 'there', 'fetched'])];
  const catalog = planCatalog(store, async (id) => (id === 'fetched' ? version('fetched') : undefined), source);
  assert.deepEqual(
    [await catalog.latest(ARCHIVE, 'here'), await catalog.latest(ARCHIVE, 'there')],
    ["store's", "source's"],
  );
  const names = ['here', 'fetched', 'there', 'nowhere'].map(async (id) => (await catalog.archived(id, 'v'))?.name);
  assert.deepEqual(await Promise.all(names), ['store', 'fetched', 'source', undefined]);
  assert.deepEqual(source.asked, ['latest there', 'archived there', 'archived nowhere']);
  assert.deepEqual(await catalog.published('p'), ['store', 'both', 'source']);
  const previous = await Promise.all(['here', 'there', 'nowhere'].map((id) => catalog.previousSourceDataVersions(id)));
  assert.deepEqual(previous, ['store', 'source', undefined]);
  await assert.rejects(catalog.latest(ARCHIVE, 'nowhere'), {
    kind: 'dataset_or_version_not_archived',
    message: /source/,
  });
  // What the store itself cannot tell is no reason to ask elsewhere.
  await assert.rejects(catalog.latest(ARCHIVE, 'failing'), { kind: 'source_failed', message: /store/ });
});

test('a source that may not be asked is not; then the word of the store counts', async () => {
  const [store, source] = [catalogOf('store', ['here']), catalogOf('source', ['there'], 'because of --offline')];
  const catalog = planCatalog(store, async () => undefined, source);
  await assert.rejects(catalog.latest(ARCHIVE, 'there'), { message: /store/ });
  assert.equal(await catalog.archived('there', 'v'), undefined);
  assert.deepEqual(await catalog.published('p'), ['store', 'both']);
  assert.equal(await catalog.previousSourceDataVersions('there'), undefined);
  assert.deepEqual(source.asked, []);
  assert.equal(catalog.unasked?.(ARCHIVE), 'because of --offline');
});

test('a source without versions has no latest one, which is no mistake', async () => {
  const source = catalogOf('source', []);
  const catalog = planCatalog(catalogOf('store', []), async () => undefined, source);
  assert.equal(await catalog.latest('local_file', 'x'), null);
  assert.deepEqual(source.asked, []);
});

test('each question is asked once, and a failure is the answer for everybody', async () => {
  const store = catalogOf('store', ['here']);
  const catalog = planCatalog(store, async () => undefined, catalogOf('source', []));
  await Promise.all([catalog.archived('here', 'v'), catalog.archived('here', 'v'), catalog.archived('here', 'w')]);
  for (let i = 0; i < 2; i++) await assert.rejects(catalog.latest(ARCHIVE, 'failing'), { kind: 'source_failed' });
  assert.deepEqual(store.asked, ['archived here', 'archived here', 'latest failing']);
});
