import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageText, readTables } from './html-tables.ts';

const table = (cell: string, attributes = '') =>
  `<table ${attributes}><tr><th>a</th></tr><tr><td>${cell}</td></tr></table>`;

async function cell(html: string): Promise<string | undefined> {
  const [first] = await readTables(table(html));
  return first!.body[0]?.[0];
}

test('the text of a cell has the blanks that pandas leaves', async () => {
  assert.equal(await cell(' a <b>c</b> d '), 'a c d');
  assert.equal(await cell('a<br>b'), 'a b');
  assert.equal(await cell('  a\n  b '), 'a  b');
  assert.equal(await cell('a&amp;b&nbsp;c'), 'a&b\u00a0c');
});

test('what is not shown does not count', async () => {
  assert.equal(await cell('x<span style="display: none">y</span>'), 'x');
  assert.equal((await readTables(table('x', 'style="display:none"'))).length, 0);
});

test('tables by their text or their attributes', async () => {
  const page = table('foo', 'id="one"') + table('bar', 'id="two"');
  const found = async (wanted: object) => (await readTables(page, wanted)).map(({ body }) => body[0]![0]);
  assert.deepEqual(await found({ match: 'b.r' }), ['bar']);
  assert.deepEqual(await found({ match: '(?P<x>b)a(?=r)\\Z|\\u0062ar' }), ['bar']);
  assert.deepEqual(await found({ attributes: { id: 'one' } }), ['foo']);
  assert.deepEqual(await found({ attributes: { class: 'x' } }), []);
  await assert.rejects(found({ match: '(' }), { code: 'ING_BAD_EXPRESSION' });
});

test('the encoding of a page', () => {
  const latin = Buffer.from('é', 'latin1');
  assert.equal(pageText(latin, undefined), 'é');
  assert.equal(pageText(latin, 'latin1'), 'é');
  assert.equal(pageText(Buffer.from('é'), undefined), 'é');
  const named = Buffer.from('<meta charset="iso-8859-1">é', 'latin1');
  assert.match(pageText(named, undefined), /é$/);
});
