import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'cheerio';
import { randomly } from '../../../test/fixtures/random.ts';
import { casesOf } from '../../../test/second-part.ts';
import { parsePage } from './page-parser.ts';
import type { PageNode } from './page-tables.ts';

const random = randomly(5);
const one = <T>(values: readonly T[]) => values[random(values.length)]!;

const NAMES = 'table thead tbody tfoot tr td th caption p b i a div span br li ul svg template form select'.split(' ');
const TEXTS = ['x', ' ', '\n', 'a &amp; b', '&nbsp;', '1,234', '<', 'é😀', '<!-- c -->', '<![CDATA[d]]>', '\u0000'];
const ATTRIBUTES = ['', '', ' colspan=2', ' style="display:none"', ' a=1 a=2', ' B="é"', " c='&lt;'"];

/** Elements that begin and end anywhere. */
function page(): string {
  const pieces = Array.from({ length: random(40) }, () => {
    const name = one(NAMES);
    return [`<${name}${one(ATTRIBUTES)}>`, `<${name}>`, `</${name}>`, one(TEXTS)][random(4)]!;
  });
  return one(['', '<!doctype html>', '<html lang=en><body>']) + pieces.join('');
}

/** What is looked at. */
function seen({ type, name, attribs, data, children }: PageNode): unknown {
  if (type === 'text' || type === 'comment') return { [type]: data };
  const kept = (children ?? []).filter((child) => child.type !== 'directive');
  return { name: name ?? 'root', attribs: { ...attribs }, children: kept.map(seen) };
}

test('any page is the tree that the whole library makes of it', (t) => {
  for (let i = casesOf(t, 700, 3000); i > 0; i--) {
    const text = page();
    assert.deepEqual(seen(parsePage(text)), seen(load(text).root().get(0) as unknown as PageNode), text);
  }
});
