import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadFormat } from '../../ingest/formats/format.ts';
import type { FORMAT_MODULES } from '../../ingest/formats/registry.ts';
import { text } from '../fields.ts';
import { type FormatDeclaration, required } from './format.ts';
import { FORMATS, formatArguments, formatNamed } from './formats.ts';

test('options that are left out have the defaults that are declared; those of a template stand', () => {
  assert.deepEqual(formatArguments('shapefile', { type: 'shapefile', crs: 'EPSG:2263' }), {
    type: 'shapefile',
    crs: 'EPSG:2263',
    encoding: 'utf-8',
  });
  assert.equal(formatArguments('shapefile', { crs: 'EPSG:2263', encoding: 'latin-1' }).encoding, 'latin-1');
  assert.equal(formatArguments('html', { kwargs: {} }).table, 0);
  assert.deepEqual(formatArguments('json', { json_read_fn: 'normalize' }).json_read_kwargs, {});
  assert.deepEqual(formatArguments('csv', { type: 'csv', header: 2 }), { type: 'csv', header: 2 });
});

test('a format goes by other names too', () => {
  assert.equal(formatNamed('excel'), 'xlsx');
  assert.equal(formatNamed('csv'), 'csv');
  assert.equal(formatNamed('toString'), undefined);
});

/** The types below are the test: where a line that is expected to be an error is none, the check of types fails. */
test('what is forgotten of a format does not compile', () => {
  const { isGeographic: _, ...unsaid } = FORMATS.parquet;
  // @ts-expect-error a format says whether it is geographic
  const silent: FormatDeclaration = unsaid;
  // @ts-expect-error and what its files begin with, by a word that there is
  const strange: FormatDeclaration = { ...FORMATS.parquet, content: 'something' };
  // @ts-expect-error an option says what it is for
  required(text);

  type Modules = typeof FORMAT_MODULES;
  const isForAll = <N extends keyof typeof FORMATS>(name: N): keyof Modules => name;
  const isDeclared = <N extends keyof Modules>(name: N): keyof typeof FORMATS => name;
  // @ts-expect-error a reader is one of a format that is declared
  const undeclared: ReadFormat<'punch cards'> = () => Promise.reject(new Error('not asked for'));
  const html: ReadFormat<'html'> = (_file, { table, kwargs }) => {
    const numbers: [number, Readonly<Record<string, unknown>>] = [table, kwargs];
    // @ts-expect-error an option is what its declaration says
    const words: string = table;
    return Promise.reject(new Error(`not asked for: ${numbers} ${words}`));
  };
  // @ts-expect-error one format's module does not stand for another's
  const other: Modules['csv'] = async () => ({ read: html });
  assert.ok([silent, strange, isForAll, isDeclared, undeclared, other].every((each) => each !== undefined));
});
