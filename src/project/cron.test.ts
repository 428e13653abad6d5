import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronProblem } from './cron.ts';

test('what Airflow takes as a cron expression', () => {
  for (const text of [
    ...['0 6 * * *', '*/15 0-5,22 1,15 jan-MAR mon-fri', '0 0 29 2 *', '5/20 * * * 7', ' 0  6 * * 1-5 '],
    ...['0 0 31 2 1', '@daily', '@quarterly'],
  ]) {
    assert.equal(cronProblem(text), undefined, text);
  }
});

test('what it would refuse, or what never comes, and why', () => {
  const reasons: [string, RegExp][] = [
    ['0 6 * *', /4 fields in place of 5/],
    ['0 6 * * * *', /6 fields/],
    ['', /fields/],
    ['60 6 * * *', /"60" is no minute/],
    ['0 24 * * *', /is no hour/],
    ['0 6 0 * *', /is no day/],
    ['0 6 * 13 *', /is no month/],
    ['0 6 * * fry', /"fry" is no weekday/],
    ['0 6 * * 5-1', /is no weekday/],
    ['0 6 * * 1-', /is no weekday/],
    ['*/0 6 * * *', /is no minute/],
    ['1-2-3 6 * * *', /is no minute/],
    ['0 0 31 2,4 *', /no month has that day/],
    ['@once', /there are @hourly/],
    ['daily', /1 fields/],
  ];
  for (const [text, reason] of reasons) assert.match(cronProblem(text) ?? '', reason, text);
});
