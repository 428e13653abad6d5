import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternProblem, periodsBetween, readPeriod, writePeriod } from './version-pattern.ts';

test('what a pattern writes it reads again', () => {
  for (const [pattern, written] of [
    ['%Y-%m', '2024-07'],
    ['%Y%m%d', '20240701'],
    ['%yv%q', '24v3'],
    ['FY%y.Q%q', 'FY24.Q3'],
    ['%m+%Y', '07+2024'],
  ] as const) {
    assert.equal(writePeriod(pattern, { year: 2024, month: 7 }), written);
    assert.deepEqual(readPeriod(pattern, written, 'quarterly'), { year: 2024, month: 7 });
  }
});

test('what is no period of the cadence is not read as one', () => {
  for (const text of ['2024-08', '2024-13', '2024-7', '1899-07', '2024-07 ', 'x2024-07']) {
    assert.equal(readPeriod('%Y-%m', text, 'quarterly'), undefined, text);
  }
  // A letter of regular expressions stands for itself, and a version that contradicts itself is none.
  assert.equal(readPeriod('%Y.%m', '2024-07', 'monthly'), undefined);
  assert.equal(readPeriod('%Yq%q-%m', '2024q1-07', 'quarterly'), undefined);
});

test('a pattern that does not tell periods apart has a problem', () => {
  assert.match(patternProblem('%m', 'monthly')!, /no year/);
  assert.match(patternProblem('%Y', 'monthly')!, /no month/);
  assert.match(patternProblem('%YQ%q', 'monthly')!, /no month/);
  assert.match(patternProblem('%Y', 'quarterly')!, /no quarter/);
  assert.match(patternProblem('%Y-%H', 'yearly')!, /%H/);
  assert.match(patternProblem('%Y%', 'yearly')!, /`%`/);
  assert.match(patternProblem('%Y%Y', 'yearly')!, /twice/);
  assert.equal(patternProblem('%Y%m', 'quarterly'), undefined);
});

test('periods go over the ends of years', () => {
  const between = (...args: Parameters<typeof periodsBetween>) =>
    periodsBetween(...args).map((period) => writePeriod('%Y-%m', period));
  assert.deepEqual(between('monthly', { year: 2023, month: 11 }, { year: 2024, month: 2 }), [
    ...['2023-11', '2023-12', '2024-01', '2024-02'],
  ]);
  assert.deepEqual(between('quarterly', { year: 2023, month: 10 }, { year: 2024, month: 6 }), [
    ...['2023-10', '2024-01', '2024-04'],
  ]);
  assert.deepEqual(between('yearly', { year: 2023, month: 1 }, { year: 2022, month: 12 }), []);
});
