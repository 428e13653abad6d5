import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../../test/fixtures/mutate.ts';
import { BOTH_PARTS, casesOf, leavesOut } from '../../../../test/second-part.ts';
import { compactDays, plainDecimal } from './plain-values.ts';

const random = seeded(11);
const below = (limit: number) => Math.floor(random() * limit);
const digits = (count: number) => Array.from({ length: count }, () => below(10)).join('');

/** The text in the midst of other bytes, as a field lies in its record. */
function within<T>(text: string, read: (bytes: Buffer, start: number, end: number) => T): T {
  const bytes = Buffer.from(`12${text}34`, 'latin1');
  return read(bytes, 2, bytes.length - 2);
}

test('a plain decimal is the double that its text is, to the last bit', (t) => {
  for (let i = casesOf(t, 40_000, 200_000); i > 0; i--) {
    const text = `${['', '-'][below(2)]}${digits(1 + below(12))}${below(5) === 0 ? '' : `.${digits(below(18))}`}`;
    const value = within(text, plainDecimal);
    assert.ok(Object.is(value, Number(text)), `${text} is ${value}`);
  }
  for (const value of [0.1, 85_121.3189, 1 / 3, 2 ** 53, 123_456_789_012_345.6]) {
    for (const decimals of [0, 4, 15]) {
      const text = value.toFixed(decimals);
      assert.ok(Object.is(within(text, plainDecimal), Number(text)), text);
    }
  }
});

test('what is written otherwise is left to who knows all ways', () => {
  for (const text of ['', '-', '.', '.5', '-.5', '+1', '1e5', '1.2.3', '0x10', '1,5', ' 1', 'nan', '1-'])
    assert.equal(within(text, plainDecimal), undefined, text);
});

test('a date in eight digits is its day, and one that is none is not', (t) => {
  leavesOut(t, 'days that lie closer together');
  for (let day = -719_162; day < 2_932_897; day += 1 + below(BOTH_PARTS ? 9 : 61)) {
    const date = new Date(day * 86_400_000);
    const text = `${String(date.getUTCFullYear()).padStart(4, '0')}${String(date.getUTCMonth() + 1).padStart(2, '0')}${String(date.getUTCDate()).padStart(2, '0')}`;
    assert.equal(within(text, compactDays), day, text);
  }
  for (const text of ['20230229', '19000229', '20240230', '20241301', '20240001', '20240100', '20240132', '00000101'])
    assert.equal(within(text, compactDays), undefined, text);
  for (const text of ['', '2024010', '202401011', '2024-1-1', '00000000'])
    assert.equal(within(text, compactDays), undefined, text);
  assert.equal(within('20240229', compactDays), Date.UTC(2024, 1, 29) / 86_400_000);
});
