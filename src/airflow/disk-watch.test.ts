import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_TMPFS, SmallFileSystem } from '../../test/tmpfs.ts';
import { silentReporter } from '../report.ts';
import { littleRoom, watchDisk } from './disk-watch.ts';

test('a full disk is said once, and so is room on it', { skip: NO_TMPFS, timeout: 60_000 }, async (t) => {
  const disk = new SmallFileSystem(t);
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-disk-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await disk.mount(dir, 64);
  const said: string[] = [];
  const log = (level: string, text: string) => void said.push(`${level} ${text}`);
  const stop = watchDisk(dir, { ...silentReporter, log }, 10);
  t.after(stop);
  const until = async (count: number) => {
    for (let i = 0; i < 500 && said.length < count; i++) await sleep(20);
    await sleep(60);
    assert.equal(said.length, count, said.join('\n'));
  };
  await until(0);
  assert.equal(await littleRoom(dir), undefined);
  await disk.leave(1e6);
  await until(1);
  assert.match(said[0]!, /^warning the disk of .* is full \(\d+\.\d MB left\)/);
  assert.match((await littleRoom(dir)) ?? '', /^[01]\.\d MB$/);
  await disk.free();
  await until(2);
  assert.match(said[1]!, /^info there is room again/);
});
