import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '../values.ts';
import { durationText, momentOf } from './serial.ts';

const iso = (serial: number, from1904 = false) => momentOf(serial, from1904)?.iso;

test('days from 1900, whose February had 29 of them', () => {
  assert.equal(iso(1), '1900-01-01 00:00:00');
  assert.equal(iso(59), '1900-02-28 00:00:00');
  assert.equal(iso(60), '1900-02-28 00:00:00');
  assert.equal(iso(61), '1900-03-01 00:00:00');
  assert.equal(iso(43831), '2020-01-01 00:00:00');
  assert.equal(iso(-1), '1899-12-29 00:00:00');
});

test('days from 1904', () => {
  assert.equal(iso(1, true), '1904-01-02 00:00:00');
  assert.equal(iso(43831, true), '2024-01-02 00:00:00');
});

test('parts of a day, to the millisecond', () => {
  assert.ok(momentOf(0, false) instanceof Clock);
  assert.equal(iso(0), '00:00:00');
  assert.equal(iso(0.5), '12:00:00');
  assert.equal(iso(0.1234567), '02:57:46.659000');
  assert.equal(iso(43831.9999999), '2020-01-01 23:59:59.991000');
  assert.equal(iso(44000.9999999999), '2020-06-19 00:00:00');
  assert.equal(iso(0.99999999999), '1900-01-01 00:00:00', 'a day that is full is a day');
});

test('years other than 1 to 9999 are none', () => {
  assert.equal(iso(2_958_465.5), '9999-12-31 12:00:00');
  assert.equal(iso(2_958_466), undefined);
  assert.equal(iso(-800_000), undefined);
  assert.equal(iso(Number.POSITIVE_INFINITY), undefined);
});

test('elapsed time as Python writes it', () => {
  assert.equal(durationText(0.5), '12:00:00');
  assert.equal(durationText(1), '1 day, 0:00:00');
  assert.equal(durationText(26 / 24), '1 day, 2:00:00');
  assert.equal(durationText(3.5 + 0.25 / 86400), '3 days, 12:00:00.250000');
  assert.equal(durationText(-0.25), '-1 day, 18:00:00');
});
