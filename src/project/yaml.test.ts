import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeToJson } from './json-values.ts';
import { readYaml } from './yaml.ts';

function value(text: string): unknown {
  const reading = readYaml(text);
  assert.equal(reading.problem, undefined, reading.problem?.message);
  return reading.problem || !reading.node ? null : nodeToJson(reading.node);
}

function problem(text: string): { message: string; offset: number } {
  const reading = readYaml(text);
  assert.ok(reading.problem, `${JSON.stringify(text)} was read`);
  return reading.problem;
}

// The expected values are what PyYAML 6's safe_load gives.
test('fault 51: plain scalars are what PyYAML makes of them', () => {
  const cases: [string, unknown][] = [
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['~', null],
    ['010', 8],
    ['089', '089'],
    ['0x1F', 31],
    ['0o17', '0o17'],
    ['1_000', 1000],
    ['12:30:00', 45000],
    ['1e3', '1e3'],
    ['1.0e+3', 1000],
    ['.5', 0.5],
    ['-0', 0],
    ['2024-01', '2024-01'],
    ['2024-01-05', '2024-01-05'],
    ['<<', '<<'],
    ['a: b', { a: 'b' }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(value(text), expected, text);
});

test('a brace or a quotation mark may close below its key', () => {
  assert.deepEqual(value('a:\n  b: {\n    "x": 1\n  }\n  c: "one\\\n  "\nd: 2\n'), {
    a: { b: { x: 1 }, c: 'one' },
    d: 2,
  });
});

test('merge keys, anchors and aliases', () => {
  assert.deepEqual(value('a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3\n'), { a: { k: 1, l: 2 }, b: { k: 1, l: 3 } });
  assert.deepEqual(value('- &a {k: 1}\n- &b {k: 2, l: 2}\n- <<: [*a, *b]\n'), [
    { k: 1 },
    { k: 2, l: 2 },
    { k: 1, l: 2 },
  ]);
});

test('fault 51: of a repeated key the last counts, and it is told', () => {
  const reading = readYaml('a: 1\nb: 2\na: 3\n');
  assert.ok(!reading.problem && reading.node);
  assert.deepEqual(nodeToJson(reading.node), { a: 3, b: 2 });
  assert.deepEqual(reading.repeatedKeys, [{ key: 'a', offset: 10 }]);
});

test('a block that ends the file without a line break has none', () => {
  assert.deepEqual(value('a: |\n  text'), { a: 'text' });
  assert.deepEqual(value('a: |\n  text\n'), { a: 'text\n' });
});

test('fault 51: what PyYAML refuses is refused, with the place', () => {
  assert.equal(problem('a: [1\nb: 2\n').offset, 7);
  assert.match(problem('a: [1\n').message, /never closed/);
  assert.match(problem('a: 1\n---\nb: 2\n').message, /second document/);
  assert.match(problem('a: !thing x\n').message, /tag !thing/);
  assert.match(problem('a:\t1\n').message, /tab/);
  assert.match(problem('a: b\tc\n').message, /tab/);
  assert.match(problem('a: *b\n').message, /alias \*b/);
  assert.match(problem('a: &a [*a]\n').message, /inside/);
  assert.match(problem('a: \u0007\n').message, /U\+0007/);
  assert.match(problem('a: 2024-02-30\n').message, /does not exist/);
});

test('fault 51: aliases that stand for millions of values are refused without making them', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  assert.match(problem(lines.join('\n')).message, /too large/);
});

test('fault 51: deep nesting is refused', () => {
  assert.match(problem('['.repeat(500) + ']'.repeat(500)).message, /nest/);
});
