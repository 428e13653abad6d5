import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../../../../test/fixtures/mutate.ts';
import { casesOf } from '../../../../test/second-part.ts';
import { StagedColumn } from '../staged/column.ts';
import { putPlainShape } from './plain-shape.ts';
import { ShapeReader } from './shapes.ts';

const random = seeded(5);
const below = (limit: number) => Math.floor(random() * limit);

/** A shape of some type with rings or lines of random points; now and then something about it is wrong. */
function shape(): Buffer {
  const type = [0, 1, 3, 5, 8, 11, 13, 15, 23, 31, 99][below(11)]!;
  const partSizes = Array.from({ length: [0, 1, 1, 1, 2][below(5)]! }, () => below(7));
  const points = partSizes.flatMap((size) => {
    const part = Array.from({ length: size }, () => [random(), random() < 0.1 ? Number.NaN : random() - 0.5] as const);
    const isClosed = type % 10 === 5 && random() < 0.8;
    return isClosed && part[0] ? [...part.slice(1), part[0]].toSpliced(0, 0, part[0]) : part;
  });
  const bytes = Buffer.alloc(48 + 8 * 4 + 16 * points.length);
  bytes.writeUInt32LE(type);
  let at = 4;
  if (type === 1) {
    bytes.writeDoubleLE(random(), 4);
    bytes.writeDoubleLE(random(), 12);
    at = 20;
  } else {
    bytes.writeUInt32LE(random() < 0.05 ? 2 ** 30 : partSizes.length, 36);
    bytes.writeUInt32LE(points.length, 40);
    at = 44;
    let start = random() < 0.05 ? 1 : 0;
    for (const size of partSizes) {
      at = bytes.writeUInt32LE(start, at);
      start += size;
    }
    for (const [x, y] of points) at = bytes.writeDoubleLE(y, bytes.writeDoubleLE(x, at));
  }
  return bytes.subarray(0, random() < 0.1 ? below(at + 1) : at);
}

/** The page of a column with the values that `put` put there, or the error. */
function pageOf(put: (column: StagedColumn) => void): unknown {
  const column = new StagedColumn('shape', 'bytes');
  column.addBytes(Buffer.from('before'));
  try {
    put(column);
  } catch (error) {
    return (error as Error).message;
  }
  column.addBytes(Buffer.from('behind'));
  const { levels, data } = column.take();
  return { levels: levels.toString('hex'), data: data.toString('hex') };
}

test('a plain shape is put as the reader of all shapes has it', (t) => {
  let plain = 0;
  const cases = casesOf(t, 5_000, 20_000);
  for (let i = 0; i < cases; i++) {
    const bytes = Buffer.concat([Buffer.from('abc'), shape(), Buffer.from('xyz')]);
    const place = { bytes, start: 3, end: bytes.length - 3 };
    const reader = new ShapeReader('file.shp', 5);
    const exact = pageOf((column) => {
      const wkb = reader.read(0, place);
      if (wkb) column.addBytes(wkb);
      else column.addNull();
    });
    assert.deepEqual(
      pageOf((column) => reader.put(0, place, column)),
      exact,
    );
    const isPlain = putPlainShape(bytes, place.start, place.end, new StagedColumn('shape', 'bytes'));
    if (isPlain) plain++;
    if (typeof exact === 'string') assert.equal(isPlain, false, exact);
  }
  assert.ok(plain > 0.1 * cases && plain < 0.85 * cases, String(plain));
});

test('among shapes with a third coordinate a flat one gets one too', () => {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(1);
  const page = pageOf((column) => new ShapeReader('file.shp', 15).put(0, { bytes, start: 0, end: 20 }, column));
  assert.match((page as { data: string }).data, /01e9030000/);
});
