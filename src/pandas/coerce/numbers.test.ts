import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { BOTH_PARTS, leavesOut } from '../../../test/second-part.ts';
import { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { PYTHON_WHITESPACE, pythonStrip, stripped } from '../python-text.ts';
import { toDouble } from '../text-kinds.ts';
import { castTo } from './integer.ts';
import { numberIn, wholeIn } from './numeric.ts';

/** What is quick to find out of most texts gives what the patterns give, which say what is right, of all texts. */

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-numbers-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

/** Texts of the characters that numbers are made of, the same in every run, and some that are known to be odd. */
function texts(): string[] {
  let state = 42;
  const below = (n: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * n);
  };
  const characters = [...'00123456789+-. eE_,x', '\t', '\n', '\u00a0', '\u3000', 'é', '𝟙', '\0'];
  const random = Array.from({ length: BOTH_PARTS ? 20_000 : 5_000 }, () =>
    Array.from({ length: below(7) }, () => characters[below(characters.length)]).join(''),
  );
  const odd = ['', ' ', '-', '.', '+.', '007', '+5', '-0', '-0.0', '1_000', '0x10', '1e5', '1e400', '-1e400', '1e-400'];
  const limits = ['9223372036854775807', '9223372036854775808', '18446744073709551616', '2147483648', '-2147483649'];
  const words = [
    'inf',
    '-Infinity',
    'nan',
    'NaN',
    'true',
    '1f',
    '1d',
    '1.',
    '.5',
    '+-1',
    '1 2',
    '\u00a05\u00a0',
    ' 5\n',
  ];
  const long = ['1'.repeat(40), `0.${'3'.repeat(40)}`, `${'0'.repeat(400)}1`];
  return [...random, ...odd, ...limits, ...words, ...long, 'null'];
}

/** Fails with the texts of which two expressions over `x` say something else. */
async function same(quick: string, exact: string): Promise<void> {
  const different = await engine.rows(
    `SELECT x, ${quick} AS quick, ${exact} AS exact FROM texts WHERE quick IS DISTINCT FROM exact OR CAST(quick AS VARCHAR) IS DISTINCT FROM CAST(exact AS VARCHAR) LIMIT 5`,
  );
  assert.deepEqual(different, []);
}

await engine.run('CREATE TABLE texts (x VARCHAR)');
await engine.run(
  `INSERT INTO texts VALUES (NULL), ${texts()
    .map((text) => `(${literal(text)})`)
    .join(', ')}`,
);

const BARE = `trim(x, ${literal(PYTHON_WHITESPACE)})`;

test('whole numbers as int() has them', async (t) => {
  leavesOut(t, '15,000 more texts');
  for (const type of ['INTEGER', 'BIGINT']) {
    const exact = `CASE WHEN regexp_full_match(${BARE}, '[+-]?[0-9]+(_[0-9]+)*') THEN TRY_CAST(replace(${BARE}, '_', '') AS ${type}) END`;
    await same(castTo({ name: 'x', expression: 'x', type: 'VARCHAR' }, type), exact);
  }
});

test('whole numbers as to_numeric has them', async () => {
  for (const type of ['BIGINT', 'UBIGINT', 'HUGEINT'])
    await same(
      wholeIn('x', type),
      `CASE WHEN regexp_full_match(x, ' *[+-]?[0-9]+ *') THEN TRY_CAST(trim(x) AS ${type}) END`,
    );
});

test('numbers as to_numeric has them', () =>
  same(
    numberIn('x'),
    `CASE WHEN regexp_full_match(x, ' *[+-]?(([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|(?i:inf|infinity)) *') THEN ${toDouble('x')} END`,
  ));

test('text without the blanks around it', async () => {
  await same(stripped('x'), BARE);
  for (const blank of PYTHON_WHITESPACE) {
    for (const text of [
      `${blank}${blank}é${blank}a${blank}`,
      `a b${blank}`,
      `${blank}a b`,
      `a${blank}b`,
      'a',
      '\x7f',
      blank,
    ]) {
      const { bare } = await engine.row(`SELECT ${stripped('x')} AS bare FROM (SELECT ${literal(text)} AS x)`);
      assert.equal(bare, pythonStrip(text));
    }
  }
});
