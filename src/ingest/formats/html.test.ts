import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../../engine/engine.ts';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import { selectOf } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { read } from './html.ts';
import { DEFAULT_READ_LIMITS } from './limits.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-html-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

/** The names of the only table's columns, then its rows. */
async function table(rows: readonly string[], kwargs: object = {}): Promise<unknown[]> {
  const file = path.join(dir, 'in.html');
  writeFileSync(file, `<table>${rows.map((row) => `<tr>${row}</tr>`).join('')}</table>`);
  const format = { type: 'html', kwargs, table: 0 } as unknown as FormatArguments<'html'>;
  const context = { engine, workDir: dir, bounds: DEFAULT_READ_LIMITS } as unknown as FormatContext;
  const relation = await read(file, format, context);
  const values = await engine.rows(selectOf(relation));
  return [relation.columns.map(({ name }) => name), ...values.map((row) => Object.values(row))];
}

test('rows without text do not count in a table of one column, and do in others', async () => {
  const narrow = ['<th>a</th>', '<td>x</td>', '<td></td>', '<td> </td>', '<td>y</td>'];
  assert.deepEqual(await table(narrow), [['a'], ['x'], ['y']]);
  assert.deepEqual(await table(narrow, { skiprows: 2 }), [['y']]);
  const wide = ['<th>a</th><th>b</th>', '<td>x</td><td>1</td>', '<td></td>', '<td>y</td><td>2</td>'];
  assert.deepEqual(await table(wide), [
    ['a', 'b'],
    ['x', 1],
    [null, null],
    ['y', 2],
  ]);
});

test('a cell that a row lacks is empty', async () => {
  const rows = ['<th>a</th><th>b</th>', '<td>x</td>', '<td>y</td><td>NA</td>'];
  assert.deepEqual(await table(rows, { keep_default_na: false }), [
    ['a', 'b'],
    ['x', ''],
    ['y', 'NA'],
  ]);
});

test('displayed_only: false takes what the page hides', async () => {
  const rows = ['<th>a</th><th>b</th>', '<td>x</td><td style="display: none">1</td>'];
  assert.deepEqual(await table(rows), [
    ['a', 'b'],
    ['x', null],
  ]);
  assert.deepEqual(await table(rows, { displayed_only: false }), [
    ['a', 'b'],
    ['x', '1'],
  ]);
});
