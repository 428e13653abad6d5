import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { pythonTools } from '../python-environment.ts';
import { IngestProject, VENV } from './project.ts';

/** Fault row 50: what is published is read by pyarrow and GeoPandas, and is what they make of the raw file themselves. */

const run = promisify(execFile);
const tools = await pythonTools(VENV);
const skip = 'missing' in tools ? `NOT RUN: ${tools.missing}` : false;

interface Compared {
  rows: number;
  columns: string[];
  differences: string[];
}

/** Ingests a raw file as it is, and has it compared by independent readers. */
async function compared(test: TestContext, name: string, raw: string): Promise<Compared> {
  const project = await IngestProject.make(test);
  const type = path.extname(name).slice(1);
  await project.template('raw', { source: { type: 'local_file', path: name }, file_format: { type } });
  const file = await project.write(name, raw);
  const { code, stderr } = await project.run(['ingest', 'raw', 'v1']);
  assert.equal(code, 0, stderr);
  const script = path.join(import.meta.dirname, 'readers.py');
  const published = path.join(project.storeDir, 'ingest/raw/v1/raw/raw.parquet');
  assert.ok('python' in tools);
  const { stdout } = await run(tools.python, [script, file, published]);
  return JSON.parse(stdout) as Compared;
}

const ROWS = 250_000;

test('fault 50: a table of every type, in several row groups, is to pyarrow what pandas makes of the CSV', {
  skip,
}, async (t) => {
  const line = (i: number) =>
    [
      ...[
        i,
        i % 10 === 0 ? '' : i,
        `${i / 8}`,
        i % 2 === 0 ? 'True' : 'False',
        i % 3 === 0 ? '' : 'true',
        `name ${i % 977}`,
      ],
      ...[i % 7 === 0 ? 'NA' : `"é🗽, ""${i}"""`, 2n ** 64n - 1n - BigInt(i), `0${i}`, i % 100 === 0 ? 'x' : i, ''],
    ].join(',');
  const header = 'id,gaps,number,flag,flags,name,quoted,large,zeros,mixed,nothing';
  const lines = Array.from({ length: ROWS }, (_, i) => line(i));
  const { rows, columns, differences } = await compared(t, 'raw.csv', `${header}\n${lines.join('\n')}\n`);
  assert.deepEqual(differences, []);
  assert.deepEqual([rows, columns], [ROWS, header.split(',')]);
});

test('fault 50: places, with and without geometry, are to GeoPandas what it makes of the GeoJSON', {
  skip,
}, async (t) => {
  const geometryOf = (i: number) => {
    const [x, y] = [-74 + i / 7919, 40 + i / 9973];
    if (i % 5 === 0) return null;
    if (i % 5 === 1) return { type: 'Point', coordinates: [x, y, i] };
    const ring = [
      [x, y],
      [x + 0.1, y],
      [x, y + 0.1],
      [x, y],
    ];
    return i % 5 === 2 ? { type: 'LineString', coordinates: ring } : { type: 'Polygon', coordinates: [ring] };
  };
  const features = Array.from({ length: 1000 }, (_, i) => ({
    type: 'Feature',
    properties: {
      n: i,
      gaps: i % 3 === 0 ? null : i,
      name: `é ${i}`,
      day: `2024-01-0${(i % 9) + 1}`,
      x: i / 3,
      flag: i % 2 === 0,
    },
    geometry: geometryOf(i),
  }));
  const raw = JSON.stringify({ type: 'FeatureCollection', features });
  const { rows, columns, differences } = await compared(t, 'raw.geojson', raw);
  assert.deepEqual(differences, []);
  assert.deepEqual([rows, columns.at(-1)], [1000, 'geom']);
});
