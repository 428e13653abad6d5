import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { shellWord } from './shell-word.ts';

test('a shell reads every word back as it was', () => {
  const words = [
    '',
    ' ',
    'a b',
    "it's",
    "''",
    '$HOME',
    '`id`',
    '\\',
    '"',
    'a\nb',
    '*',
    '~',
    '#x',
    '!',
    'Ä',
    'a;b',
    'v=1',
  ];
  const read = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`], {
    encoding: 'utf8',
  });
  assert.deepEqual(read.split('\0').slice(0, -1), words);
});

test('what needs no quotes has none', () => {
  const plain = ['2024-01-31', 'a/b_c.parquet', 's3://bucket/key,1', 'name=value', 'x@1.2', '10%', '+1'];
  assert.deepEqual(plain.map(shellWord), plain);
});
