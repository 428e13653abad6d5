import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { ingestLarge, LARGE_ROWS } from './large-csv.ts';
import { IngestProject } from './project.ts';

/** Geometries in the text of a large file, parsed while it is written: a value far behind the first ones counts as they do. */

const lines: Record<'wkt' | 'deep' | 'wkb', string> = { wkt: '', deep: '', wkb: '' };

/** A point in little-endian WKB, in hexadecimal digits. */
function hexPoint(x: number, y: number): string {
  const bytes = Buffer.alloc(21);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(1, 1);
  bytes.writeDoubleLE(x, 5);
  bytes.writeDoubleLE(y, 13);
  return bytes.toString('hex');
}

before(() => {
  const longer = 'some text that makes the line longer'.repeat(7);
  for (let i = 0; i < LARGE_ROWS; i++) {
    const [x, y] = [-74 + (i % 1000) / 1000, 40.5];
    lines.wkt += `${i},${longer},POINT (${x} ${y})\n`;
    lines.deep += `${i},${longer},POINT (${x} ${y} ${i})\n`;
    lines.wkb += `${i},${longer},${hexPoint(x, y)}\n`;
  }
});

async function ingest(t: TestContext, usual: keyof typeof lines, last: string) {
  const project = await IngestProject.make(t);
  const format = usual === 'wkb' ? 'wkb' : 'wkt';
  const geometry = { geom_column: 'g', crs: 'EPSG:4326', format };
  await project.template('raw', { file_format: { type: 'csv', geometry } });
  await project.write('raw.csv', `id,name,g\n${lines[usual]}-1,last,${last}\n`);
  return { project, ...(await ingestLarge(t, project)) };
}

async function isLast(
  t: TestContext,
  usual: keyof typeof lines,
  last: string,
  expected: string | null,
): Promise<string> {
  const { project, code, stderr } = await ingest(t, usual, last);
  assert.equal(code, 0, stderr);
  const [row] = await project.query(`FROM FILE SELECT ST_AsText(geom) AS g OFFSET ${LARGE_ROWS}`, 'raw', 'v1');
  assert.equal(row?.g, expected);
  return stderr;
}

test('the usual kind, a gap and an empty geometry are read with the rest', async (t) => {
  assert.doesNotMatch(await isLast(t, 'wkt', '"POINT (1 2)"', 'POINT (1 2)'), /later rows/);
  await isLast(t, 'wkt', '', null);
  await isLast(t, 'deep', 'POINT (1 2 3)', 'POINT Z (1 2 3)');
  assert.doesNotMatch(await isLast(t, 'wkb', hexPoint(1, 2), 'POINT (1 2)'), /later rows/);
});

test('a late value with a dimension more is read after all', async (t) => {
  assert.match(await isLast(t, 'wkt', 'POINT (1 2 3)', 'POINT Z (1 2 3)'), /later rows are not like the first ones/);
});

test('a late value that is no geometry is refused with its row', async (t) => {
  for (const [usual, last] of [
    ['wkt', 'POINT (1 2'],
    ['wkt', 'SRID=4326;POINT (1 2)'],
    ['wkb', '0101'],
  ] as const) {
    const { code, stderr } = await ingest(t, usual, last);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`ING_BAD_GEOMETRY: .*row ${LARGE_ROWS + 1}: .* is no ${usual.toUpperCase()}`));
  }
});
