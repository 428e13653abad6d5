import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { afterSteps, engine, type Step } from '../../test/fixtures/steps.ts';
import { casesOf } from '../../test/second-part.ts';
import { TextPattern } from './pattern.ts';

const url = new URL('../../test/fixtures/pandas-patterns.json', import.meta.url);
const recorded = JSON.parse(await readFile(url, 'utf8')) as {
  texts: (string | null)[];
  /** Method, arguments, and what pandas 3.0 makes of the texts. */
  cases: [string, Record<string, unknown>, unknown[]][];
};

const bytes = (text: string) => `decode(from_hex('${Buffer.from(text).toString('hex')}'))`;
const values = (texts: readonly (string | null)[]) =>
  texts.map((text, i) => `(${i}, ${text === null ? 'NULL::VARCHAR' : bytes(text)})`).join(', ');
const tables = new WeakMap<readonly (string | null)[], Promise<string>>();

/** A query for the rows of a table of texts, which is made once. */
async function queryOf(texts: readonly (string | null)[]): Promise<string> {
  const table = tables.get(texts) ?? engine.materialize(`SELECT * FROM (VALUES ${values(texts)}) AS t(i, s)`);
  tables.set(texts, table);
  return `SELECT * FROM ${await table}`;
}

function stepOf(name: string, args: Record<string, unknown>): Step {
  if (name === 'replace') return ['pd_df_func', { function_name: 'replace', ...args }];
  return ['pd_series_func', { column_name: 's', function_name: name, ...args }];
}

async function madeOf(texts: readonly (string | null)[], name: string, args: Record<string, unknown>) {
  const { rows } = await afterSteps(await queryOf(texts), [stepOf(name, args)]);
  return rows.map(([, value]) => (name === 'str.count' && value !== null ? Number(value) : value));
}

/** Arrow looks for further matches in what is left of a text, as if that were a text of its own; see docs/differences.md. */
const COUNTED_OTHERWISE = new Set(['^b', '.*', 'o{,2}b']);

test('methods that take patterns give what pandas gives', async () => {
  assert.ok(recorded.cases.length > 150);
  for (const [name, args, expected] of recorded.cases) {
    const pattern = String(args.pat ?? args.to_replace);
    if (COUNTED_OTHERWISE.has(pattern) && (name === 'str.count' || pattern.includes('{,'))) continue;
    assert.deepEqual(await madeOf(recorded.texts, name, args), expected, `${name} ${JSON.stringify(args)}`);
  }
});

test('what Arrow refuses and Python knows is done as in Python', async () => {
  const texts = ['a\u2013b', 'x\u00a0y', null];
  const replaced = await madeOf(texts, 'str.replace', { pat: '\\u2013|\\xa0', repl: '-', regex: true });
  assert.deepEqual(replaced, ['a-b', 'x-y', null]);
  assert.deepEqual(await madeOf(texts, 'replace', { to_replace: '\\u2013', value: '-', regex: true }), [
    'a-b',
    'x\u00a0y',
    null,
  ]);
  assert.deepEqual(await madeOf(['aab', 'ab'], 'str.contains', { pat: '(?:a(?=b))+b' }), [true, true]);
  assert.deepEqual(await madeOf(['aab', 'éb'], 'str.count', { pat: '\\B' }), [2, 1]);
  assert.deepEqual(await madeOf(['a', ''], 'str.match', { pat: '^^' }), [true, true]);
});

test('a pattern that is a plain text replaces what the text itself does, without RE2', async () => {
  const alphabet = ['a', 'b', 'B', '.', '\u00a0', 'é', '😀', '\\', "'"];
  const some = (most: number) =>
    Array.from(
      { length: Math.floor(Math.random() * most) },
      () => alphabet[Math.floor(Math.random() * alphabet.length)],
    );
  const texts = [null, '', ...Array.from({ length: 300 }, () => some(12).join(''))];
  for (const [pattern, plain] of [
    ['a', 'a'],
    ['ab', 'ab'],
    ['\\.', '.'],
    ['\\xa0', '\u00a0'],
    ['é😀', 'é😀'],
    ['\\\\', '\\'],
    ["'", "'"],
  ] as const) {
    assert.doesNotMatch(TextPattern.python(pattern).replace('s', 'x'), /regexp/);
    for (const [value, put] of [
      ['', ''],
      ['a', 'a'],
      ['\\\\', '\\'],
    ] as const) {
      const expected = texts.map((text) => text?.replaceAll(plain, () => put) ?? null);
      const args = { to_replace: pattern, value, regex: true };
      assert.deepEqual(await madeOf(texts, 'replace', args), expected, JSON.stringify(args));
      const { rows } = await afterSteps(await queryOf(texts), [
        stepOf('str.upper', {}),
        stepOf('str.lower', {}),
        stepOf('str.replace', { pat: pattern, repl: value, regex: true }),
      ]);
      const lower = texts.map((text) => text?.toLowerCase().replaceAll(plain, () => put) ?? null);
      assert.deepEqual(
        rows.map(([, replaced]) => replaced),
        lower,
        JSON.stringify(args),
      );
    }
  }
  const many = TextPattern.python('a', { ignoreCase: true }).replace('s', 'x');
  assert.match(many, /regexp/);
  assert.match(TextPattern.python('a|b').replace('s', 'x'), /regexp/);
});

test('a mistake in a pattern or a replacement is an error with a code and a place', async () => {
  for (const [name, args, message] of [
    ['str.contains', { pat: 'a(b' }, /"a\(b" cannot be read: missing \), unterminated subpattern at character 2/],
    ['str.extract', { pat: '(?<=a*)(b)' }, /look-behind requires fixed-width pattern/],
    ['str.replace', { pat: 'a', repl: '\\q', regex: true }, /the replacement "\\\\q" cannot be read: bad escape \\q/],
    ['replace', { to_replace: 'a', value: '\\2', regex: true }, /invalid group reference 2 at character 2/],
    ['str.match', { pat: 'a', flags: 4 }, /flags: 4 is not supported/],
  ] as const) {
    const code = args && 'flags' in args ? 'ING_BAD_OPTION' : 'ING_BAD_EXPRESSION';
    const failure = await madeOf(['a'], name, args).then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string },
    );
    assert.match(failure?.message ?? '', message);
    assert.equal(failure?.code, code);
  }
});

test('a pattern that would never end is refused, and the session goes on', async () => {
  const text = bytes(`${'a'.repeat(60)}b`);
  const sql = TextPattern.python('(?=(a+)+$)a').search('s');
  await assert.rejects(engine.rows(`SELECT ${sql} FROM (SELECT ${text} AS s)`), /\(a\+\)\+\$\)a" takes too long/);
  assert.deepEqual(await engine.rows('SELECT 1 AS one'), [{ one: 1 }]);
});

test('rows stay in their order, however many', async (t) => {
  // More than one thread takes at once.
  const rows = casesOf(t, 130_000, 300_000);
  const sql = TextPattern.python('(?<=x)(\\d+)(?!\\d)').replace('s', '<\\1>');
  const table = await engine.materialize(`SELECT 'x' || i AS s, i FROM range(${rows}) AS r(i)`);
  const result = await engine.materialize(`SELECT ${sql} AS made FROM ${table}`);
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${result} WHERE made = 'x<' || rowid || '>'`);
  assert.equal(Number(row?.n), rows);
});
