import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterSteps } from '../../../test/fixtures/steps.ts';
import { guessDateShape } from './guess.ts';
import { parseLeniently } from './lenient.ts';

/** The rarer spellings of dates. */

async function coerced(texts: readonly string[], type: 'date' | 'datetime', errors = 'raise'): Promise<unknown[]> {
  const query = `SELECT * FROM (VALUES ${texts.map((text) => `('${text}')`).join(', ')}) AS t(d)`;
  const { rows } = await afterSteps(query, [['coerce_column_types', { column_types: { d: type }, errors }]]);
  return rows.map(([value]) => value);
}

test('a time may be an hour alone, and a compact one may lack its seconds', async () => {
  assert.deepEqual(await coerced(['2020-01-02T03', '2020-01-02T23'], 'datetime'), [
    '2020-01-02 03:00:00',
    '2020-01-02 23:00:00',
  ]);
  assert.deepEqual(await coerced(['202001020304'], 'datetime'), ['2020-01-02 03:04:00']);
  assert.equal(guessDateShape('2020-01-02 24'), undefined);
});

test('an offset may be hours alone', async () => {
  assert.deepEqual(await coerced(['2020/01/02 03:04:05+00', '2020/01/02 00:00:00+00'], 'datetime'), [
    '2020-01-02 03:04:05+00',
    '2020-01-02 00:00:00+00',
  ]);
  assert.deepEqual(await coerced(['2020-01-02T03:04:05-05'], 'datetime'), ['2020-01-02 08:04:05+00']);
  await assert.rejects(coerced(['2020-01-02T03:04:05-05', '2020-01-02T03:04:05-04'], 'datetime'), /UTC offsets/);
});

test('the year before the name of a month', async () => {
  assert.deepEqual(await coerced(['2020-Jan-02', '2020-DEC-31'], 'date'), ['2020-01-02', '2020-12-31']);
});

test('NaT is no date, and nothing that is refused', async () => {
  assert.deepEqual(await coerced(['NaT', '2020-01-02'], 'datetime'), [null, '2020-01-02 00:00:00']);
});

test('numbers before 1970 lie on the day that they are in', async () => {
  const { rows } = await afterSteps('SELECT -3::BIGINT AS d UNION ALL SELECT 3', [
    ['coerce_column_types', { column_types: { d: 'date' } }],
  ]);
  assert.deepEqual(rows, [['1969-12-31'], ['1970-01-01']]);
});

test('what is no text and no number holds no dates: nulls where nulls are asked for', async () => {
  const steps = (errors: string) =>
    afterSteps("SELECT TIME '10:00:00' AS d", [['coerce_column_types', { column_types: { d: 'date' }, errors }]]);
  assert.deepEqual((await steps('coerce')).rows, [[null]]);
  await assert.rejects(steps('raise'), /holds no dates/);
});

test('the lenient way: commas, quarters, year and month', () => {
  const clock = (text: string) => parseLeniently(text)?.clock;
  assert.equal(clock('1/2/2020, 3:04:05 PM'), '2020-01-02 15:04:05');
  assert.equal(clock('2020-01-02 03:04:05,123'), '2020-01-02 03:04:05.123');
  assert.equal(clock('2020Q2'), '2020-04-01 00:00:00');
  assert.equal(clock('2020/11'), '2020-11-01 00:00:00');
  assert.equal(clock('2020-Jan-02'), '2020-01-02 00:00:00');
  assert.equal(clock('202001020304'), '2020-01-02 03:04:00');
  assert.deepEqual(parseLeniently('Thu, 02 Jan 2020 03:04:05 GMT'), { clock: '2020-01-02 03:04:05', offset: '' });
});
