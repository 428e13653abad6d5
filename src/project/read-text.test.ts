import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readText } from './read-text.ts';

test('fault 51: a file of gigabytes is refused before it is read', (t) => {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'lifecycle-read-text-')));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = path.join(dir, 'large.yml');
  writeFileSync(file, 'id: large\n');
  assert.equal(readText(file, dir).text, 'id: large\n');
  // Nothing is written: a file with a hole.
  truncateSync(file, 3_000_000_000);
  const before = process.memoryUsage().rss;
  const { finding } = readText(file, dir);
  assert.equal(finding?.code, 'PRJ_UNREADABLE');
  assert.match(finding?.message ?? '', /3,000,000,000 bytes, and 20,000,000 are the most/);
  assert.ok(process.memoryUsage().rss - before < 50_000_000);
});
