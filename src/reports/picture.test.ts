import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { INSTALLATION } from '../settings/settings.ts';
import { pictureOf } from './picture.ts';

async function picture(t: TestContext, sql: string, rows: number) {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-picture-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const venvDir = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');
  const engine = await Engine.open({ venvDir, temporaryDir: dir });
  try {
    await engine.load('spatial');
    const file = path.join(dir, 'table.parquet');
    await engine.run(`COPY (SELECT ${sql} AS g FROM range(${rows}) r(i)) TO ${literal(file)} (FORMAT parquet)`);
    return await pictureOf(engine, { file, rows, column: 'g', isGeographic: false, label: 'here' });
  } finally {
    engine.close();
  }
}

const count = (text: string, what: RegExp) => text.match(what)?.length ?? 0;

test('few rows are drawn each, rows without a place are told, and none makes no picture', async (t) => {
  const few = await picture(
    t,
    "CASE WHEN i = 0 THEN NULL WHEN i = 1 THEN ST_GeomFromText('POINT EMPTY') ELSE ST_Point(i, i) END",
    5,
  );
  assert.equal(count(few!.map.text, /<circle/g), 3);
  assert.equal(few!.note, 'Simplified shapes of all 3 rows that have a place. 2 of 5 rows have no place.');
  assert.equal(await picture(t, "ST_GeomFromText('POINT EMPTY')", 5), undefined);
});

test('many rows are a grid that says how many lie where, with the largest as shapes', async (t) => {
  const many = await picture(
    t,
    'CASE WHEN i < 2 THEN ST_MakeEnvelope(0, 0, 900, 900) ELSE ST_Point(sqrt(i) * 10, i % 97) END',
    9000,
  );
  assert.equal(
    many!.note,
    'Where 9,000 rows lie: the darker a square, the more of them, and the largest 2 as simplified shapes.',
  );
  assert.equal(count(many!.map.text, /class="cells density/g), 4);
  assert.equal(count(many!.map.text, /<path fill-rule/g), 2);
  assert.doesNotMatch(many!.map.text, /NaN|Infinity|<circle/);
});

test('many rows in one place are one dot', async (t) => {
  const one = await picture(t, 'ST_Point(5, 5)', 3000);
  assert.equal(count(one!.map.text, /<circle/g), 1);
  assert.equal(one!.note, 'All 3,000 rows that have a place lie in the same one.');
});

test('shapes of many vertices are drawn with less detail until the picture is small', async (t) => {
  const wild = await picture(t, 'ST_Buffer(ST_Point(i * 3, (i * 7919) % 1000), 900, 200)', 1000);
  assert.ok(wild!.map.text.length < 700_000, `${wild!.map.text.length} characters`);
  assert.match(wild!.note, /^Simplified shapes of (all|the largest)/);
});
