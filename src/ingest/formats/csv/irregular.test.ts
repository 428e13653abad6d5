import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { CsvHead } from './head.ts';
import { readsAsPandas } from './irregular.ts';
import { csvOptions } from './options.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-irregular-'));
after(() => rmSync(dir, { recursive: true }));

/** Larger than a piece of what is read at once, so that the odd line stands in a later one, or across two. */
const PIECE = 1 << 20;
const LINE = '1234567,some text,1.5\n';

async function asPandas(odd: string, before: number, options: Record<string, unknown> = {}): Promise<boolean> {
  const file = path.join(dir, 'file.csv');
  const lines = Math.floor(before / LINE.length);
  writeFileSync(file, `id,name,n\n${LINE.repeat(lines)}${'x'.repeat(before % LINE.length)},y,2\n${odd}8,last,3\n`);
  const head: CsvHead = { names: ['id', 'name', 'n'], width: 3, plainHeader: true };
  return readsAsPandas(file, await csvOptions({ type: 'csv', ...options }), head);
}

test('what DuckDB would take otherwise is found wherever pieces of the file are cut', async () => {
  const odd = [
    '7,x,2,NA\n',
    '7,x,2,NA,\n',
    '7,x,2,null,1\n',
    '7,x,2,"NA"\n',
    '7,x,2,\n',
    '7, "x",2\n',
    ' "7",x,2\n',
    '7,"x" ,2\n',
    '7,x\0,2\n',
  ];
  for (const line of odd) {
    assert.equal(await asPandas(line, 40), false, line);
    for (let cut = -1; cut <= line.length; cut++)
      assert.equal(
        await asPandas(line, PIECE - 'id,name,n\n'.length - ',y,2\n'.length - cut),
        false,
        `${line} at ${cut}`,
      );
  }
});

test('rows that only look odd are no reason to look again', async () => {
  const plain = [
    '7,x,NA\n',
    '7,x,\n',
    '7,,\n',
    'NA,NA,NA\n',
    '7,"x, y",NA\n',
    '7,x,"NA"\n',
    '7,"say ""x"" ",1\n',
    '7,x y,2\r\n',
    '7\n',
    '\n',
    '7,é,2\n',
  ];
  for (const line of plain) assert.equal(await asPandas(line, 40), true, line);
});

test('a line that no reader takes at once, or a row that goes on in the next line, is', async () => {
  assert.equal(await asPandas(`7,${'x'.repeat(2_100_000)},2\n`, 40), false);
  assert.equal(await asPandas('7,"two\nlines",NA\n', 40), false);
});

test('null tokens are those of the options, and quotes may be off', async () => {
  assert.equal(await asPandas('7,x,2,gone\n', 40, { na_values: ['gone'] }), false);
  // DuckDB refuses it by itself.
  assert.equal(await asPandas('7,x,2,gone\n', 40), true);
  assert.equal(await asPandas('7, "x",2\n', 40, { quoting: 3 }), true);
});
