import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plain } from './fields.ts';
import { compareCodePoints, emitYaml11 } from './yaml11-emit.ts';

const emitted = (value: Plain) => emitYaml11(new Map([['k', value]])).replace(/^k: ?/, '');

test('text that YAML 1.1 would read as something else is quoted, the rest stays plain', () => {
  for (const text of [
    '20240105',
    '2024-01-05',
    '1.5',
    'yes',
    '12:30',
    '1_000',
    '=',
    '',
    '~',
    '- a',
    '#x',
    'a: b',
    ' x',
  ]) {
    assert.equal(emitted(text), `'${text}'\n`, text);
  }
  for (const text of ['24v1', '24Q3', '2024-01', '1e3', 'y', '089', 'a:b', 'a#b', "it's", '?x']) {
    assert.equal(emitted(text), `${text}\n`, text);
  }
  assert.equal(emitted("'q'"), "'''q'''\n");
});

test('what is not ASCII is escaped in double quotes', () => {
  assert.equal(emitted('é 日 😀'), '"\\xE9 \\u65E5 \\U0001F600"\n');
  assert.equal(emitted('tab\there'), '"tab\\there"\n');
  assert.equal(emitted('line\nbreak'), "'line\n\n  break'\n");
});

test('numbers, empties and nested lists have PyYAML’s block style', () => {
  assert.equal(emitted(10n ** 20n), '100000000000000000000\n');
  assert.equal(emitted(1e20), '1.0e+20\n');
  assert.equal(emitted(0.00001), '1.0e-05\n');
  assert.equal(emitted(25), '25.0\n');
  assert.equal(emitted([]), '[]\n');
  assert.equal(emitted(new Map()), '{}\n');
  const nested: Plain = [[1n, new Map<string, Plain>([['b', 'x']])], new Map<string, Plain>([['a', [2n]]])];
  assert.equal(emitted(nested), '\n- - 1\n  - b: x\n- a:\n  - 2\n');
});

test('long lines are folded at a space, at the indent of what they continue', () => {
  const words = Array.from({ length: 30 }, () => 'word').join(' ');
  const [first, second] = emitted(words).split('\n');
  assert.equal(first, Array.from({ length: 16 }, () => 'word').join(' '));
  assert.equal(second, `  ${Array.from({ length: 14 }, () => 'word').join(' ')}`);
  // A double-quoted text may be folded before a character that follows an escape.
  const escapes = `${'a'.repeat(75)}\t\tb cc`;
  assert.equal(emitted(escapes), `"${'a'.repeat(75)}\\t\\t\\\n  b cc"\n`);
});

test('keys are sorted by code point, and long ones are written with a question mark', () => {
  const long = 'x'.repeat(123);
  const map = new Map<string, Plain>([
    ['b', 1n],
    ['\u{1F600}', 2n],
    ['\uFFFD', 3n],
    ['B', 4n],
    [long, 5n],
  ]);
  assert.equal(emitYaml11(map), `B: 4\nb: 1\n? ${long}\n: 5\n"\\uFFFD": 3\n"\\U0001F600": 2\n`);
  assert.ok(compareCodePoints('\uFFFD', '\u{1F600}') < 0);
});
