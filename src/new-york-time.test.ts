import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOTH_PARTS, leavesOut } from '../test/second-part.ts';
import { newYorkDate, newYorkTimestamp } from './new-york-time.ts';

const BY_DATA = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/New_York',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'longOffset',
});

function expected(moment: Date): string {
  const p = Object.fromEntries(BY_DATA.formatToParts(moment).map(({ type, value }) => [type, value]));
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second} ${p.timeZoneName!.slice(3)}`;
}

function check(moment: Date): void {
  const shown = newYorkTimestamp(moment);
  const [, seconds, micros, offset] = /^(.{19})\.(\d{6})(.*)$/.exec(shown)!;
  assert.equal(`${seconds} ${offset}`, expected(moment));
  assert.equal(micros, `${String(moment.getUTCMilliseconds()).padStart(3, '0')}000`);
  assert.equal(newYorkDate(moment), expected(moment).slice(0, 10).replaceAll('-', ''));
}

test('the rule of summer time gives what the time zone data gives, at its edges and at any moment', (t) => {
  leavesOut(t, 'the edges of every year');
  // Every seventh begins on another day of the week.
  for (let year = 2000; year <= 2060; year += BOTH_PARTS ? 1 : 7) {
    for (const month of [2, 3, 9, 10]) {
      for (let day = 1; day <= 14; day++) {
        for (const hour of [4, 5, 6, 7]) {
          for (const ms of [0, -1]) check(new Date(Date.UTC(year, month, day, hour) + ms));
        }
      }
    }
    check(new Date(Date.UTC(year, 0, 1, 4, 59, 59, 999)));
    check(new Date(Date.UTC(year, 11, 31, 23, 59, 59, 7)));
  }
  for (let i = 0; i < 2000; i++) check(new Date(Math.floor(Math.random() * Date.UTC(2080, 0, 1))));
});
