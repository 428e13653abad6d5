import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { seeded } from '../../../test/fixtures/mutate.ts';
import { ByteWindow } from './byte-window.ts';

test('stretches of a file are what it has there, in whichever order and length they are asked for', async (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-window-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const whole = Buffer.from(Uint32Array.from({ length: 800_000 }, (_, i) => i * 2_654_435_761).buffer);
  const file = path.join(dir, 'file');
  writeFileSync(file, whole);
  const window = await ByteWindow.open(file);
  t.after(() => window.close());
  const random = seeded(3);
  const copies: [Buffer, Buffer][] = [];
  for (let i = 0; i < 300; i++) {
    const length = Math.floor(random() * (i % 10 === 0 ? 2_000_000 : 5_000));
    const offset = Math.floor(random() * (whole.length - length));
    const at = window.find(offset, length) ?? (await window.load(offset, length));
    assert.ok(window.bytes.subarray(at, at + length).equals(whole.subarray(offset, offset + length)), `${offset}`);
    if (i < 10) copies.push([await window.copy(offset, 100), whole.subarray(offset, offset + 100)]);
  }
  for (const [copy, expected] of copies) assert.ok(copy.equals(expected), 'a copy stays as it is');

  await window.load(0, 1_000);
  truncateSync(file, 2_000_000);
  await assert.rejects(window.load(1_999_000, 5_000), /ended at byte 2000000/);
  assert.equal(window.find(0, 1_000), undefined, 'what was half overwritten is not found');
});
