import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../engine/engine.ts';
import { escapePattern, literal } from '../engine/sql.ts';
import { kindTests, plainNumber, type Spelling } from './text-kinds.ts';

/** What is quick to find out of most texts gives what the patterns give, which say what is right, of all texts. */

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-kinds-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

let state = 7;
const below = (n: number) => {
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor((state / 2 ** 31) * n);
};
const CHARACTERS = [..."00123456789,,..+- eE_x'", '\t', '\v', '\n', 'é'];
const random = Array.from({ length: 20_000 }, () =>
  Array.from({ length: below(8) }, () => CHARACTERS[below(CHARACTERS.length)]).join(''),
);
const LIMITS = ['9223372036854775807', '9223372036854775808', '18446744073709551615', '18446744073709551616', '-0'];
const texts = [
  ...random,
  ...LIMITS,
  '1e400',
  '1e-400',
  'inf',
  '-Infinity',
  'true',
  'TRUE',
  'text',
  '1,000.5',
  '1.000,5',
];
await engine.run('CREATE TABLE texts (x VARCHAR)');
await engine.run(`INSERT INTO texts VALUES (NULL), ${texts.map((text) => `(${literal(text)})`).join(', ')}`);

async function same(quick: string, exact: string): Promise<void> {
  const different = await engine.rows(
    `SELECT x, ${quick} AS quick, ${exact} AS exact FROM texts WHERE (${quick}) IS DISTINCT FROM (${exact}) LIMIT 5`,
  );
  assert.deepEqual(different, []);
}

/** By a pattern over every text. */
function spelled({ thousands = '', decimal = '.' }: Spelling): string {
  const blanks = '[\\t-\\r ]*';
  const group = thousands === '' ? '' : `${escapePattern(thousands)}?`;
  const written = `${blanks}[+-]?([0-9]${group})*(${escapePattern(decimal)}[0-9]*)?([eE][+-]?[0-9]+)?${blanks}`;
  const whole = thousands === '' ? 'x' : `replace(x, ${literal(thousands)}, '')`;
  const number = decimal === '.' || decimal === thousands ? whole : `replace(${whole}, ${literal(decimal)}, '.')`;
  const other = decimal === '.' ? 'x' : `CASE WHEN contains(x, '.') THEN concat('''', x, '''') ELSE x END`;
  return `CASE WHEN regexp_full_match(x, ${literal(written)}) THEN ${number} ELSE ${other} END`;
}

test('numbers with separators of thousands and another decimal point', async () => {
  for (const spelling of [
    { thousands: ',' },
    { decimal: ',' },
    { thousands: '.', decimal: ',' },
    { thousands: "'", decimal: '.' },
    { thousands: ',', decimal: ',' },
    { thousands: ' ', decimal: 'x' },
  ])
    await same(plainNumber('x', spelling), spelled(spelling));
});

test('the kinds of texts', async () => {
  const whole = "coalesce(regexp_full_match(x, '[\\t-\\r ]*[+-]?[0-9]+[\\t-\\r ]*'), false)";
  const { bigint, ubigint, double, canonical } = kindTests('x', {});
  const is = (kind: string) => `coalesce(${kind}, false)`;
  await same(is(bigint), `${whole} AND TRY_CAST(x AS BIGINT) IS NOT NULL`);
  await same(is(ubigint), `${whole} AND TRY_CAST(x AS UBIGINT) IS NOT NULL`);
  await same(`CASE WHEN ${canonical} THEN true ELSE ${is(bigint)} END`, is(bigint));
  await same(is(kindTests('x', {}, whole).double), is(double));
});
