import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isIgnored, readIgnoreFile } from './ignore-rules.ts';

const PATTERNS = [
  ...['# a comment', '', '*.log', '!kept.log', '/only-here', 'build/', 'a/**/z', 'deep/*.txt', 'x?z', '[ab].csv'],
  ...['[!c].tsv', '\\#hash', '\\!bang', '**/any', 'tail/**', 'with space ', 'star*name', 'dotted.name', 'unclosed['],
];
const FILES = [
  ...['one.log', 'in/two.log', 'in/kept.log', 'only-here', 'in/only-here', 'build', 'in/build/f', 'a/z', 'a/b/c/z'],
  ...[
    'deep/f.txt',
    'deep/in/f.txt',
    'in/deep/f.txt',
    'xyz',
    'xz',
    'a.csv',
    'c.csv',
    'c.tsv',
    'd.tsv',
    '#hash',
    '!bang',
  ],
  ...['p/q/any', 'tail/f', 'with space', 'starry-name', 'dottedxname', 'dotted.name', 'unclosed[', 'plain'],
];

test('a .gitignore is read as git reads it', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-ignore-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await writeFile(path.join(dir, '.gitignore'), `${PATTERNS.join('\n')}\r\n`);
  for (const file of FILES) {
    await mkdir(path.dirname(path.join(dir, file)), { recursive: true });
    await writeFile(path.join(dir, file), '');
  }
  execFileSync('git', ['init', '-q', dir]);
  const listed = execFileSync('git', ['-C', dir, 'ls-files', '-o', '-z', '--exclude-standard'], { encoding: 'utf8' });
  const kept = listed.split('\0').filter((file) => file !== '' && file !== '.gitignore');
  const rules = [(await readIgnoreFile(dir))!];
  const ignored = (file: string) => {
    const parts = file.split('/');
    return parts.some((_, i) => isIgnored(path.join(dir, ...parts.slice(0, i + 1)), i < parts.length - 1, rules));
  };
  assert.deepEqual(FILES.filter((file) => !ignored(file)).sort(), kept.sort());
});
