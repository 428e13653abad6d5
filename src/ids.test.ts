import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LifecycleError } from './errors.ts';
import {
  dagIdFor,
  datasetIdFrom,
  isVersion,
  parsePartitionKey,
  parseVersion,
  productIdFrom,
  templateIdFrom,
  VERSION_PATTERN,
} from './ids.ts';

const GOOD = [
  '1',
  '20240501',
  '24v1.1',
  '26v1:20260623T1809:main',
  'Ünï',
  'é',
  'a-_.+:z',
  'x'.repeat(100),
  'latest1',
  '𝒳'.repeat(61),
  'console',
];
const BAD = [
  ...['', ' ', '.', '..', 'a..b', 'a/b', 'a\\b', '%2e%2e', '-v1', '.v1', '_v1', ':v1', 'v1.', 'v1 ', ' v1', 'a b'],
  ...[
    'CON',
    'con',
    'Nul.txt',
    'COM1',
    'lpt9.csv',
    'aux',
    'latest',
    'Latest',
    'LATEST',
    'x'.repeat(101),
    '𝒳'.repeat(62),
    '字'.repeat(82),
    'a\nb',
    'a\n',
    'a\0',
    'a\u200b',
  ],
  // e and a combining accent: a twin of é; a full-width slash; a right-to-left override.
  ...['e\u0301', 'a\uff0fb', 'a\u202eb', '😀', 'a;b', 'a"b', "a'b", 'a$b', 'a`b', 'a*b'],
];

test('fault 52: a version is what can be a directory, a record and a partition key', () => {
  for (const text of GOOD) {
    assert.equal(parseVersion(text), text);
    assert.equal(parsePartitionKey(text), text);
  }
  for (const text of BAD) {
    assert.equal(isVersion(text), false, JSON.stringify(text));
    assert.throws(
      () => parseVersion(text),
      (error: unknown) => error instanceof LifecycleError && error.code === 'LIF_BAD_VERSION' && error.exitCode === 2,
      JSON.stringify(text),
    );
  }
});

test('the message of a bad version is one short line that says why', () => {
  const message = (text: string) => {
    try {
      parsePartitionKey(text);
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  assert.equal(message('a/b'), '"a/b" is no partition key: it holds "/"');
  assert.equal(message('a\nb'), '"a\\nb" is no partition key: it holds "\\n"');
  assert.equal(message('nul'), '"nul" is no partition key: it is a reserved device name');
  assert.ok(message('x'.repeat(1000)).length < 250);
});

test('the pattern for forms refuses no version, and none of the usual mistakes passes it', () => {
  const pattern = new RegExp(VERSION_PATTERN, 'u');
  for (const text of GOOD) assert.match(text, pattern);
  const beyondIt = new Set(['a\uff0fb', '😀', 'a\n', '𝒳'.repeat(62), '字'.repeat(82)]);
  for (const text of BAD) if (!beyondIt.has(text)) assert.doesNotMatch(text, pattern);
  for (let code = 0x20; code < 0x3000; code++) {
    const text = `a${String.fromCharCode(code)}`;
    if (isVersion(text)) assert.match(text, pattern, code.toString(16));
  }
});

test('ids of templates and datasets are file names, those of products may hold spaces', () => {
  for (const from of [templateIdFrom, datasetIdFrom]) {
    for (const id of ['dcp_pluto', 'a.b-c', '_x', '0']) assert.equal(from(id), id);
    for (const id of ['', '.', '..', 'a..b', '-x', '.x', 'a/b', 'a b', 'ü', 'a\n', 'x'.repeat(201)]) {
      assert.equal(from(id), undefined, JSON.stringify(id));
    }
  }
  assert.equal(productIdFrom('Capital Planning 1.0-b'), 'Capital Planning 1.0-b');
  for (const id of ['', ' a', 'a ', 'a/b', '..', 'a..b', 'a\tb']) assert.equal(productIdFrom(id), undefined, id);
});

test('a DAG id is what Airflow allows', () => {
  assert.equal(dagIdFor('build', 'Capital Planning-Db'), 'build_Capital_Planning-Db');
  assert.equal(dagIdFor('ingest', 'dcp.pluto'), 'ingest_dcp.pluto');
});
