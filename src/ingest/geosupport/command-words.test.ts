import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandWords } from './command-words.ts';

const words = (line: string) => commandWords(line, 'SETTING');

test('blanks separate words; quotation marks and backslashes keep them', () => {
  assert.deepEqual(words('  python3   serve.py '), ['python3', 'serve.py']);
  assert.deepEqual(words(`'/opt/my tools/geo' --name="a \\"b\\" \\n" c\\ d`), [
    '/opt/my tools/geo',
    '--name=a "b" \\n',
    'c d',
  ]);
  assert.deepEqual(words(`geo '' ""`), ['geo', '', '']);
});

test('nothing is expanded: what a shell would act on stays text', () => {
  assert.deepEqual(words('geo $HOME `id` $(id) a;b | c > d *.py ~'), [
    'geo',
    '$HOME',
    '`id`',
    '$(id)',
    'a;b',
    '|',
    'c',
    '>',
    'd',
    '*.py',
    '~',
  ]);
});

test('a JSON list gives the words as they are', () => {
  assert.deepEqual(words('["py thon", "a\\"b", ""]'), ['py thon', 'a"b', '']);
});

for (const line of ['', '   ', "geo 'open", 'geo "open', '[]', '[1]', '["geo"', '""']) {
  test(`${JSON.stringify(line)} is refused`, () => {
    assert.throws(() => words(line), { code: 'ING_GEOSUPPORT', message: /SETTING/ });
  });
}
