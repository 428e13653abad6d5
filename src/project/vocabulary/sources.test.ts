import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { CONNECTORS } from '../../sources/index.ts';
import type { SourceConnector } from '../../sources/source.ts';
import { loadTemplate } from '../load-template.ts';
import { anything } from './argument-types.ts';
import { KEY_NAMES, keyNameOf, source } from './source.ts';
import { SOURCE_TYPES, SOURCES } from './sources.ts';

const templateOf = (example: string) => `
id: example
attributes: {name: Example}
ingestion:
  source:
${example.replaceAll(/^/gm, '    ')}
  file_format: {type: csv}
`;

test('every example of docs/sources.md makes a template without a finding', async (context) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-sources-'));
  context.after(() => rm(dir, { recursive: true }));
  await mkdir(path.join(dir, 'ingest_templates'));
  for (const type of SOURCE_TYPES) {
    await writeFile(path.join(dir, 'ingest_templates', 'example.yml'), templateOf(SOURCES[type].example));
    const template = await loadTemplate(dir, 'example');
    assert.deepEqual(template?.findings, [], type);
    assert.equal(template.definition?.source.type, type);
  }
});

test('the first name of a key that is there counts', () => {
  const first = (...names: string[]) => keyNameOf((name) => names.includes(name));
  assert.equal(first('product', 'dataset', 'path'), 'path');
  assert.equal(first('product', 'org'), 'product');
  assert.equal(first('org'), undefined);
  assert.equal(KEY_NAMES[0], 'key');
});

/** The types below are the test: where a line that is expected to be an error is none, the check of types fails. */
test('what is forgotten of a source does not compile', () => {
  const facts = { says: 'Nothing', key: 'nothing', arguments: { any: anything }, rawFile: 'none', example: '' };
  // @ts-expect-error arguments are declared as needed, optional or with a default
  source({ ...facts, version: null });
  // @ts-expect-error a source says whether it tells a version
  source({ ...facts, arguments: {} });
  source({ ...facts, arguments: {}, version: null });

  type Loaders = typeof CONNECTORS;
  const isForAll = <T extends keyof typeof SOURCES>(type: T): keyof Loaders => type;
  const isDeclared = <T extends keyof Loaders>(type: T): keyof typeof SOURCES => type;
  const silent: SourceConnector = { type: 'socrata', fetch: () => Promise.reject(new Error('not asked for')) };
  // @ts-expect-error a connector of a type that is declared to tell a version tells one
  const telling: Loaders['socrata'] = async () => silent;
  const plain: Loaders['s3'] = async () => silent;
  assert.ok([isForAll, isDeclared, telling, plain].every((each) => each !== undefined));
});
