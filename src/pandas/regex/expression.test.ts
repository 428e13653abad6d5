import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { cpuTime } from '../../../test/fixtures/cpu-time.ts';
import { casesOf } from '../../../test/second-part.ts';
import { PythonExpression } from './expression.ts';
import { MatchLimit } from './match-limit.ts';
import { parsePattern } from './parse.ts';
import { parseReplacement } from './replacement.ts';
import { PatternProblem } from './syntax.ts';

/** What Python 3.13's `re` gives: for each pattern either its mistake, or by text the groups, what fits, a replacement. */
interface Recorded {
  texts: string[];
  patterns: [string, string, number | null][] | [string, [(string | null)[] | null, number, string][]][];
  replacements: [pattern: string, replacement: string, result: string | null, mistake?: string][];
}

const url = new URL('../../../test/fixtures/python-re.json', import.meta.url);
const recorded = JSON.parse(await readFile(url, 'utf8')) as Recorded;
/** A name that is no character has its own words here, since few names are known. */
const OWN_WORDS = /^undefined character name/;

test('patterns find, capture and replace as in Python, and its mistakes are mistakes', () => {
  assert.ok(recorded.patterns.length > 300);
  for (const [pattern, result, position] of recorded.patterns) {
    if (typeof result === 'string') {
      const isSame = (error: unknown) =>
        error instanceof PatternProblem &&
        (OWN_WORDS.test(result) || (error.message === result && (position === null || error.position === position)));
      assert.throws(() => parsePattern(pattern), isSame, `${pattern}: ${result}`);
      continue;
    }
    const expression = new PythonExpression(pattern);
    const whole = expression.replacement('<\\g<0>>');
    for (const [index, expected] of result.entries()) {
      const text = recorded.texts[index]!;
      const fits = Number(expression.match(text)) + 2 * Number(expression.fullMatch(text));
      const found = [expression.groups(text) ?? null, fits, expression.replace(text, whole)];
      assert.deepEqual(found, expected, `${pattern} on ${JSON.stringify(text)}`);
    }
  }
});

test('replacements are read as in Python', () => {
  for (const [pattern, replacement, result, mistake] of recorded.replacements) {
    const made = () => {
      const expression = new PythonExpression(pattern);
      return expression.replace('ab a xa', parseReplacement(replacement, expression.pattern));
    };
    if (result === null) assert.throws(made, PatternProblem, `${replacement}: ${mistake}`);
    else assert.equal(made(), result, replacement);
  }
});

test('time and memory are bounded, for one text however long', (t) => {
  const endless = [
    ['(a+)+$', `${'a'.repeat(40)}b`],
    ['(?:a?){50}a{50}b', 'a'.repeat(60)],
    ['(a|a)*c', 'a'.repeat(60)],
    ['(.*)*\\1x', 'ab'.repeat(200)],
  ] as const;
  for (const [pattern, text] of endless.slice(0, casesOf(t, 2, endless.length))) {
    const start = cpuTime();
    assert.throws(() => new PythonExpression(pattern).search(text), MatchLimit, pattern);
    assert.ok(cpuTime() - start < 10_000, pattern);
  }
  const long = 'ab'.repeat(300_000);
  assert.equal(new PythonExpression('(?:ab)*').fullMatch(long), true);
  assert.equal(new PythonExpression('(?=a)a(?<=a)b').count(long), 300_000);
  assert.throws(() => parsePattern('('.repeat(5_000)), PatternProblem);
});
