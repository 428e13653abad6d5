import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDateFormat } from './number-formats.ts';

test('fault 42: a format is one of dates by its letters, as xlrd has it', () => {
  const dates = ['m/d/yy', 'h:mm:ss', '[h]:mm', '[$-409]d\\-mmm\\-yy;@', 'yyyy"年"m"月"', 'mm:ss.0', 'dd.mm.yyyy', 's'];
  const numbers = [
    'General',
    '0.00E+00',
    '0" days"',
    '"due "0',
    '[h]',
    '[Red]0',
    '\\d0',
    '_d0',
    '*d0',
    '@',
    '',
    '0.0"s',
  ];
  for (const format of dates) assert.equal(isDateFormat(164, format), true, format);
  for (const format of numbers) assert.equal(isDateFormat(164, format), false, format);
});

test('a format that is not written down is known by its number; what is written down goes first', () => {
  const ids = [0, 13, 14, 22, 23, 27, 36, 37, 45, 47, 48, 50, 58, 59, 164];
  assert.deepEqual(
    ids.filter((id) => isDateFormat(id, undefined)),
    [14, 22, 27, 36, 45, 47, 50, 58],
  );
  assert.equal(isDateFormat(14, '0.00'), false);
  assert.equal(isDateFormat(50, 'd'), true);
});
