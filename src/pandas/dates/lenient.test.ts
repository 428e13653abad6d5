import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLeniently } from './lenient.ts';

/** What python-dateutil makes of single texts, month first. */

const NOW = new Date('2026-08-21T12:34:56.789Z');

function reads(text: string, clock: string | undefined, offset = ''): void {
  const found = parseLeniently(text, NOW);
  assert.deepEqual(found, clock === undefined ? undefined : { clock, offset }, text);
}

test('dates in many spellings', () => {
  for (const text of [
    ...['2020-01-02', '2020-1-2', '2020/01/02', '2020.1.2', '20200102', '1/2/2020', '01-02-2020', '1.2.2020', '1/2/20'],
    ...[
      'Jan 2, 2020',
      'January 2 2020',
      'jan. 2, 2020',
      '2 Jan 2020',
      '2-Jan-2020',
      '2nd January 2020',
      'Jan 2nd 2020',
    ],
    ...['Thu, Jan 2, 2020', 'Thursday 2 January 2020', '  2020-01-02  ', '2-Jan-20'],
  ]) {
    reads(text, '2020-01-02 00:00:00');
  }
  reads('31/12/2020', '2020-12-31 00:00:00');
  reads('Sept 1, 2020', '2020-09-01 00:00:00');
});

test('what is left out of a date is its first', () => {
  for (const text of ['2020', '2020-01', '01/2020', 'January 2020', 'Jan-2020']) reads(text, '2020-01-01 00:00:00');
});

test('times of 12 and of 24 hours', () => {
  reads('1/2/2020 1:02 PM', '2020-01-02 13:02:00');
  reads('01/02/2020 01:02:03 pm', '2020-01-02 13:02:03');
  reads('1/2/2020 12:00 AM', '2020-01-02 00:00:00');
  reads('1/2/2020 12:00:00 p.m.', '2020-01-02 12:00:00');
  reads('1/2/2020 3PM', '2020-01-02 15:00:00');
  reads('2020-01-02T03:04:05', '2020-01-02 03:04:05');
  reads('2020-01-02 3:04', '2020-01-02 03:04:00');
  reads('Jan 2, 2020 23:59:59.25', '2020-01-02 23:59:59.25');
  reads('20200102030405', '2020-01-02 03:04:05');
  reads('20200102T030405', '2020-01-02 03:04:05');
});

test('an offset from UTC is kept apart from the clock', () => {
  reads('2020-01-02T03:04:05Z', '2020-01-02 03:04:05', '+00:00');
  reads('2020-01-02 03:04:05 UTC', '2020-01-02 03:04:05', '+00:00');
  reads('2020-01-02T03:04:05.5+0130', '2020-01-02 03:04:05.5', '+01:30');
  reads('1/2/2020 1:02 PM -05:00', '2020-01-02 13:02:00', '-05:00');
  // Without a time these are parts of a date.
  reads('01-02-2020', '2020-01-02 00:00:00');
});

test('a year of two digits lies within fifty years of this one', () => {
  reads('1/2/75', '2075-01-02 00:00:00');
  reads('1/2/76', '1976-01-02 00:00:00');
  reads('1/2/99', '1999-01-02 00:00:00');
  reads('1/2/00', '2000-01-02 00:00:00');
});

test('now and today are the moment of the run', () => {
  reads('now', '2026-08-21 12:34:56');
  reads('TODAY', '2026-08-21 12:34:56');
});

test('what is no date', () => {
  for (const text of [
    ...[
      '',
      'x',
      '-',
      '1',
      '12',
      '123',
      '1.5',
      'N/A',
      '2020-02-30',
      '2021-02-29',
      '0000-00-00',
      '2020-13-01',
      '13/13/2020',
    ],
    ...[
      '24:00',
      '2020-01-02 24:00:00',
      '2020-01-02 13:00 PM',
      '2020-01-02 10:61',
      'Foo 2, 2020',
      '10000-01-01',
      '2020-W01',
    ],
  ]) {
    reads(text, undefined);
  }
});
