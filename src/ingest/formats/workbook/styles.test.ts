import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meaningOf } from './styles.ts';

const FORMATS: [string, ReturnType<typeof meaningOf>][] = [
  ['General', undefined],
  ['#,##0.00', undefined],
  ['0.00E+00', undefined],
  ['@', undefined],
  ['"day" 0', undefined],
  ['0 "hours";d', undefined],
  ['[Red]0.0', undefined],
  ['[$-409]0', undefined],
  ['0_d', undefined],
  ['0\\d', undefined],
  ['_("$"* #,##0_);_("$"* \\(#,##0\\)', undefined],
  ['yyyy-mm-dd', 'date'],
  ['D-MMM-YY', 'date'],
  ['h:mm AM/PM', 'date'],
  ['[$-409]d mmm yyyy;@', 'date'],
  ['[Blue]yyyy', 'date'],
  ['mm:ss.0', 'date'],
  ['[h]:mm:ss', 'duration'],
  ['[mm]:ss', 'duration'],
  ['[ss].00', 'duration'],
];

for (const [format, meaning] of FORMATS) {
  test(`format ${format}: ${meaning ?? 'a number'}`, () => assert.equal(meaningOf(format), meaning));
}
