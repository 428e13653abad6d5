import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { selectOf } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { read, readParquet } from './parquet.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-parquet-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

async function fileOf(query: string, pandas?: object): Promise<string> {
  const file = path.join(dir, 'in.parquet');
  const note = pandas ? `, KV_METADATA {pandas: ${literal(JSON.stringify(pandas))}}` : '';
  await engine.run(`COPY (${query}) TO ${literal(file)} (FORMAT parquet${note})`);
  return file;
}

async function readAs(query: string, pandas?: object): Promise<{ columns: string[]; rows: unknown[][] }> {
  const file = await fileOf(query, pandas);
  const relation = await read(file, { type: 'parquet' }, { engine } as FormatContext);
  return {
    columns: relation.columns.map((column) => `${column.name} ${column.type}`),
    rows: (await engine.rows(selectOf(relation))).map((row) => Object.values(row)),
  };
}

const GAPS = 'SELECT * FROM (VALUES (1::INTEGER, 2::BIGINT), (NULL, 3)) AS t(a, b)';

test('whole numbers with nulls are doubles, unless pandas noted that they may be missing', async () => {
  assert.deepEqual(await readAs(GAPS), {
    columns: ['a DOUBLE', 'b BIGINT'],
    rows: [
      [1, '2'],
      [null, '3'],
    ],
  });
  const noted = { columns: [{ name: 'a', field_name: 'a', numpy_type: 'Int32' }] };
  assert.deepEqual((await readAs(GAPS, noted)).columns, ['a INTEGER', 'b BIGINT']);
});

test('NaN is a null', async () => {
  const { rows } = await readAs("SELECT * FROM (VALUES ('nan'::DOUBLE), (1.5), ('inf'::DOUBLE)) AS t(v)");
  assert.deepEqual(rows, [[null], [1.5], ['Infinity']]);
});

test('row labels that pandas wrote as a column are no column', async () => {
  const labelled = { index_columns: ['k'], columns: [] };
  assert.deepEqual((await readAs("SELECT 1 AS a, 'x' AS k", labelled)).columns, ['a INTEGER']);
  const counted = { index_columns: [{ kind: 'range', start: 0, stop: 1, step: 1 }], columns: [] };
  assert.deepEqual((await readAs("SELECT 1 AS a, 'x' AS k", counted)).columns, ['a INTEGER', 'k VARCHAR']);
});

test('a previous version of our own is read with the types that it has', async () => {
  const { columns } = await readParquet(engine, await fileOf(GAPS));
  assert.deepEqual(
    columns.map((column) => column.type),
    ['INTEGER', 'BIGINT'],
  );
});
