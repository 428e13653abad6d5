import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { casesOf } from '../../../test/second-part.ts';
import { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { overTable, type Relation, selectOf } from '../../relation/relation.ts';
import { type ColumnTarget, coerceColumn } from './coerce.ts';
import { coerceWide, isWide } from './wide.ts';

const workDir = mkdtempSync(path.join(tmpdir(), 'lifecycle-coerce-wide-'));
const engine = await Engine.open({ venvDir: workDir, temporaryDir: workDir });
after(() => {
  engine.close();
  rmSync(workDir, { recursive: true });
});

const COLUMNS = 1_010;
/** Some texts of each kind that a target takes, and whether it takes them only with `coerce`. */
const KINDS: readonly { targets: readonly ColumnTarget[]; texts: readonly (string | null)[] }[] = [
  { targets: ['integer', 'bigint', 'numeric', 'string'], texts: ['1', '-22', ' 3', null] },
  { targets: ['numeric', 'string'], texts: ['1.5', '2', '1e3', null] },
  { targets: ['date', 'datetime'], texts: ['2020-01-02', '2021-12-31', null] },
  { targets: ['date', 'datetime'], texts: ['01/02/2020 03:04:05 AM', '12/31/2021 11:00:00 PM'] },
  { targets: ['date', 'datetime'], texts: ['2 Jan 2020', '2021-12-31', '1/2/03', null] },
  { targets: ['string'], texts: ['x', '', ' y '] },
];

/** A wide table, and a target for a part of its columns. */
async function wideTable(): Promise<{ rows: Relation; targets: [string, ColumnTarget][] }> {
  const columns = Array.from({ length: COLUMNS }, (_, i) => {
    const { targets, texts } = KINDS[(i * 7) % KINDS.length]!;
    const cells = Array.from({ length: 3 }, (_, row) => texts[(i + row) % texts.length]!);
    return { name: `n ${i}`, cells, target: targets[Math.floor(i / KINDS.length) % targets.length]! };
  });
  const list = [0, 1, 2].map(
    (row) => `(${columns.map(({ cells }) => (cells[row] == null ? 'NULL' : literal(cells[row]!))).join(', ')})`,
  );
  const names = columns.map((_, i) => `c${i}`).join(', ');
  const table = await engine.materialize(`SELECT * FROM (VALUES ${list.join(', ')}) AS v(${names})`);
  const rows = overTable(
    table,
    columns.map(({ name }) => ({ name, type: 'VARCHAR' })),
  );
  return { rows, targets: columns.filter((_, i) => i % 5 !== 1).map(({ name, target }) => [name, target]) };
}

const contentOf = async (relation: Relation) => ({
  columns: relation.columns.map(({ name, type }) => [name, type]),
  rows: (await engine.rows(selectOf(relation))).map((row) => Object.values(row)),
});

test('columns of a wide table become what they become one by one', async (t) => {
  const { rows, targets: all } = await wideTable();
  assert.equal(isWide(rows), true);
  const targets = all.slice(0, casesOf(t, 90, all.length));
  const wide = await contentOf(await coerceWide(engine, rows, targets, 'coerce', workDir));
  let relation = rows;
  for (const [name, target] of targets) relation = await coerceColumn(engine, relation, name, target, 'coerce');
  assert.deepEqual(wide, await contentOf(relation));
  assert.deepEqual(
    new Set(wide.columns.map(([, type]) => type)),
    new Set(['VARCHAR', 'INTEGER', 'BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP']),
  );
});

test('a value that fits no type is told with its row', async () => {
  const { rows } = await wideTable();
  const column = rows.columns.findIndex((_, i) => (i * 7) % KINDS.length === 5);
  await assert.rejects(coerceWide(engine, rows, [[`n ${column}`, 'integer']], 'raise', workDir), {
    code: 'ING_BAD_VALUE',
    message: /row 1/,
  });
});
