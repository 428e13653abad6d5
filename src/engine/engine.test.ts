import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';
import { settingsFrom } from '../settings/settings.ts';
import { Engine, type EngineOptions, MANY_COLUMNS } from './engine.ts';
import { provideFunctions } from './functions.ts';

const MiB = 1024 * 1024;

async function engineIn(t: TestContext, options: Partial<EngineOptions> = {}) {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-engine-'));
  const { venvDir } = settingsFrom(process.env, { cwd: dir, stderrIsTerminal: false });
  const opened: Engine[] = [];
  const open = async (more: Partial<EngineOptions> = {}) => {
    const engine = await Engine.open({ venvDir, temporaryDir: dir, ...options, ...more });
    opened.push(engine);
    return engine;
  };
  t.after(async () => {
    for (const engine of opened) engine.close();
    await rm(dir, { recursive: true });
  });
  return { dir, open, engine: await open() };
}

test('rows are plain values: what JSON has no number for is text', async (t) => {
  const { engine } = await engineIn(t);
  const sql = "SELECT 9007199254740993::BIGINT AS big, 1::INTEGER AS small, DATE '2026-01-02' AS day, NULL AS none";
  assert.deepEqual(await engine.rows(sql), [{ big: '9007199254740993', small: 1, day: '2026-01-02', none: null }]);
  assert.deepEqual(await engine.row('SELECT 1 AS a WHERE false'), {});
  assert.deepEqual(await engine.describe("SELECT 1::DECIMAL(5,2) AS a, [1] AS b, {'x': 'y'} AS c"), [
    { name: 'a', type: 'DECIMAL(5,2)' },
    { name: 'b', type: 'INTEGER[]' },
    { name: 'c', type: 'STRUCT(x VARCHAR)' },
  ]);
});

test('names of tables and columns are new each time, and a table takes rows of texts as they are', async (t) => {
  const { engine } = await engineIn(t);
  const first = await engine.materialize('SELECT 1 AS a');
  const second = await engine.materialize('SELECT 2 AS a');
  assert.deepEqual(await engine.rows(`SELECT a FROM ${first} UNION ALL SELECT a FROM ${second}`), [{ a: 1 }, { a: 2 }]);
  assert.notEqual(engine.newColumnName(), engine.newColumnName());
  const texts = engine.newTableName();
  await engine.run(`CREATE TEMP TABLE ${texts} (a VARCHAR, b VARCHAR)`);
  await engine.append(texts, [
    ["it's", ''],
    ['naïve 🗽', 'NULL'],
  ]);
  assert.deepEqual(await engine.rows(`FROM ${texts}`), [
    { a: "it's", b: '' },
    { a: 'naïve 🗽', b: 'NULL' },
  ]);
});

test('a function of ours is there from the first statement that names it, and loaded once', async (t) => {
  let loaded = 0;
  provideFunctions('tested_shout', async () => {
    loaded++;
    return [
      DuckDBScalarFunction.create({
        name: 'tested_shout',
        mainFunction: (_info, input, output) => {
          const texts = input.getColumnVector(0);
          for (let i = 0; i < input.rowCount; i++) output.setItem(i, `${texts.getItem(i)}!`);
          output.flush();
        },
        returnType: VARCHAR,
        parameterTypes: [VARCHAR],
      }),
    ];
  });
  const { engine, open } = await engineIn(t);
  await engine.run('SELECT 1');
  assert.equal(loaded, 0);
  assert.deepEqual(await engine.row("SELECT tested_shout('a') AS s"), { s: 'a!' });
  await engine.run("SELECT tested_shout('b')");
  assert.equal(loaded, 1);
  assert.deepEqual(await (await open()).row("SELECT tested_shout('c') AS s"), { s: 'c!' });
});

test('what does not fit into the memory that it may take is an error with a code; any other stays what it is', async (t) => {
  const { engine } = await engineIn(t, { memoryLimit: 16 * MiB });
  await assert.rejects(engine.row("SELECT length(string_agg(repeat('x', 100), '')) AS n FROM range(2000000)"), {
    code: 'ENG_OUT_OF_MEMORY',
  });
  await assert.rejects(engine.row('SELECT no_such_column'), /Binder Error/);
  assert.deepEqual(await engine.row('SELECT 1 AS works'), { works: 1 });
});

test('work on one thread leaves as many as there were, with room for many columns one', async (t) => {
  const { open, engine } = await engineIn(t);
  const threads = async (of: Engine) => Number((await of.row("SELECT current_setting('threads') AS n")).n);
  const usual = await threads(engine);
  assert.equal(await engine.onOneThread(() => threads(engine)), 1);
  assert.equal(await threads(engine), usual);
  const wide = await open();
  await wide.makeRoomFor(MANY_COLUMNS + 1);
  assert.equal(await wide.onOneThread(() => threads(wide)), 1);
  assert.equal(await threads(wide), 1);
});

test('a database can be opened only to be read; nothing is fetched behind our back', async (t) => {
  const { dir, open } = await engineIn(t);
  const database = path.join(dir, 'some.duckdb');
  const writer = await open({ database });
  await writer.run('CREATE TABLE kept AS SELECT 7 AS n');
  writer.close();
  const reader = await Engine.open({ venvDir: '/nowhere', temporaryDir: dir, database, readOnly: true });
  t.after(() => reader.close());
  assert.deepEqual(await reader.rows('FROM kept'), [{ n: 7 }]);
  await assert.rejects(reader.run('DROP TABLE kept'), /read-only/);
  const sql = "SELECT current_setting('autoinstall_known_extensions') AS installs";
  assert.deepEqual(await reader.row(sql), { installs: false });
  await assert.rejects(reader.run("FROM read_xlsx('a.xlsx')"), /Catalog Error/);
});

test('an extension that is not installed is named, and asking again tries again', async (t) => {
  const { engine } = await engineIn(t);
  const missing = { code: 'ENG_EXTENSION_MISSING', message: /no_such_extension/ };
  await assert.rejects(engine.load('no_such_extension' as 'spatial'), missing);
  await assert.rejects(engine.load('no_such_extension' as 'spatial'), missing);
  await Promise.all([engine.load('spatial'), engine.load('spatial')]);
  assert.deepEqual(await engine.row('SELECT ST_AsText(ST_Point(1, 2)) AS p'), { p: 'POINT (1 2)' });
});

test('a statement that begins in the moment of the stop, or after it, ends as well', { timeout: 60_000 }, async (t) => {
  const { engine } = await engineIn(t);
  const endless = 'SELECT count(*) FROM range(100000000000) a, range(100000) b WHERE a.range % 7 = b.range % 11';
  const stopping = new AbortController();
  {
    using _stopping = engine.stoppedBy(stopping.signal);
    stopping.abort();
    await assert.rejects(engine.rows(endless), /INTERRUPT/);
    await assert.rejects(engine.rows(endless), /INTERRUPT/);
  }
  assert.deepEqual(await engine.rows('SELECT 1 AS a'), [{ a: 1 }]);
  {
    using _stopping = engine.stoppedBy(stopping.signal);
    await assert.rejects(engine.rows(endless), /INTERRUPT/);
  }
});
