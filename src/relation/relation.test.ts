import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../engine/engine.ts';
import { countRows, materialize, overTable } from './relation.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-relation-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

test('rows that lie in a table are counted there, and not read again', async () => {
  await engine.run('CREATE TABLE raw AS SELECT i AS c0 FROM range(10) AS r(i)');
  const rows = { ...overTable('(SELECT * FROM raw)', [{ name: 'a', type: 'BIGINT' }]), where: ['c0 % 2 = 0'] };
  await materialize(engine, rows);
  await engine.run('DROP TABLE raw');
  assert.equal(await countRows(engine, rows), 5);
  await assert.rejects(countRows(engine, { ...rows, where: [] }), /raw/);
});
