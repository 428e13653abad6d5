import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IngestProject } from './project.ts';

/** Fault row 48: a source that gives the same rows in another order. */

const ROWS = ['3,c,0.5', '1,a,', '2,b,1.5', '4,"d, e",2'];
const csv = (rows: readonly string[]) => `id,name,n\n${rows.join('\n')}\n`;

test('fault 48: the order of the source is kept, and another order is another content', async (t) => {
  const project = await IngestProject.make(t);
  await project.template('rows');
  await project.write('rows.csv', csv(ROWS));
  await project.ingestHere('rows', { version: 'v1' });
  assert.deepEqual(await project.query('SELECT string_agg(id) AS ids FROM FILE', 'rows', 'v1'), [{ ids: '3,1,2,4' }]);

  await project.write('rows.csv', csv(ROWS.toReversed()));
  const refused = await project.tellHere('rows');
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /error STO_VERSION_DIFFERS: .*rows: same rows and columns, other values\nhint: .*--overwrite/,
  );
  assert.deepEqual(await project.query('SELECT string_agg(id) AS ids FROM FILE', 'rows', 'v1'), [{ ids: '3,1,2,4' }]);
  await project.ingestHere('rows', { version: 'v2' });
  assert.deepEqual(await project.query('SELECT string_agg(id) AS ids FROM FILE', 'rows', 'v2'), [{ ids: '4,2,1,3' }]);
});

test('fault 48: sorted by a key, the order of the source makes no difference to the byte', async (t) => {
  const project = await IngestProject.make(t);
  await project.template('rows', { processing_steps: [{ name: 'sort', args: { by: ['id'] } }] });
  const sums: (string | undefined)[] = [];
  for (const [version, rows] of [
    ['v1', ROWS],
    ['v2', ROWS.toReversed()],
    ['v3', ROWS.toSorted()],
  ] as const) {
    await project.write('rows.csv', csv(rows));
    const { record } = await project.ingestHere('rows', { version });
    sums.push(record.files.find((file) => file.path === 'rows/rows.parquet')?.sha256);
  }
  assert.match(String(sums[0]), /^[0-9a-f]{64}$/);
  assert.deepEqual(new Set(sums).size, 1);
});
