import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { overTable } from '../relation/relation.ts';
import { writeParquet } from './write.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-write-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

test('columns have their names in the file, whatever DuckDB makes of them', async () => {
  const names = ['a', 'A', '', 'x\0y', 'b"c'];
  const table = await engine.materialize('SELECT 0 AS c0, 1 AS c1, 2 AS c2, 3 AS c3, 4 AS c4');
  const file = path.join(dir, 'names.parquet');
  const columns = names.map((name) => ({ name, type: 'INTEGER' }));
  const written = await writeParquet(engine, overTable(table, columns), file);
  assert.deepEqual(written.columns, columns);
  const inFile = await engine.rows(`SELECT name FROM parquet_schema(${literal(file)}) OFFSET 1`);
  assert.deepEqual(
    inFile.map((row) => row.name),
    names,
  );
  const [row] = await engine.rows(`SELECT * FROM read_parquet(${literal(file)})`);
  assert.deepEqual(Object.values(row!), [0, 1, 2, 3, 4]);
});
