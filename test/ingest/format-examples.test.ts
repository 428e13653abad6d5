import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as sheetjs from '@e965/xlsx';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import type { FormatDeclaration } from '../../src/project/vocabulary/format.ts';
import { FORMAT_NAMES, FORMATS, type FormatName } from '../../src/project/vocabulary/formats.ts';
import { geodatabaseOf, zipTo } from '../fixtures/geodatabase.ts';
import { dbf, POINT, point, shapeFiles } from '../fixtures/shapefile.ts';
import { IngestProject, VENV } from './project.ts';

const TREES = "SELECT * FROM (VALUES ('Oak', '01'), ('Elm', '02')) AS t(name, zip)";
const feature = (name: string, zip: string) => ({
  type: 'Feature',
  properties: { name, zip },
  geometry: { type: 'Point', coordinates: [-73.9, 40.7] },
});

async function withEngine(work: (engine: Engine) => Promise<unknown>, temporaryDir: string): Promise<void> {
  const engine = await Engine.open({ venvDir: VENV, temporaryDir });
  try {
    await work(engine);
  } finally {
    engine.close();
  }
}

/** A file of each format with the same two trees; a format without one does not compile. */
const FILES: { readonly [N in FormatName]: (project: IngestProject) => Promise<string> } = {
  csv: (project) => project.write('trees.csv', 'name,zip\nOak,01\nElm,02\n'),
  async parquet({ dir }) {
    const file = path.join(dir, 'trees.parquet');
    await withEngine((engine) => engine.run(`COPY (${TREES}) TO ${literal(file)} (FORMAT parquet)`), dir);
    return file;
  },
  xlsx(project) {
    const book = sheetjs.utils.book_new();
    const rows = [
      ['name', 'zip'],
      ['Oak', '01'],
      ['Elm', '02'],
    ];
    sheetjs.utils.book_append_sheet(book, sheetjs.utils.aoa_to_sheet([['other']]), 'Other');
    sheetjs.utils.book_append_sheet(book, sheetjs.utils.aoa_to_sheet(rows), 'Trees');
    return project.write('trees.xlsx', sheetjs.write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer);
  },
  shapefile({ dir }) {
    const { shp, shx } = shapeFiles([point(-73.9, 40.7), point(-73.9, 40.7)], POINT);
    const table = dbf(
      [
        ['name', 'C', 10],
        ['zip', 'C', 2],
      ],
      [
        ['Oak', '01'],
        ['Elm', '02'],
      ],
    );
    return zipTo(
      path.join(dir, 'trees.zip'),
      new Map([
        ['trees.shp', shp],
        ['trees.shx', shx],
        ['trees.dbf', table],
      ]),
    );
  },
  async geodatabase({ dir }) {
    const query = `SELECT *, ST_Point(0, 0) AS geom FROM (${TREES})`;
    await mkdir(path.join(dir, 'made'));
    await withEngine(async (engine) => {
      await zipTo(path.join(dir, 'trees.zip'), await geodatabaseOf(engine, path.join(dir, 'made'), query), 'trees.gdb');
    }, dir);
    return path.join(dir, 'trees.zip');
  },
  json: (project) =>
    project.write(
      'trees.json',
      JSON.stringify({
        trees: [
          { name: 'Oak', zip: '01' },
          { name: 'Elm', zip: '02' },
        ],
      }),
    ),
  geojson: (project) =>
    project.write(
      'trees.geojson',
      JSON.stringify({ type: 'FeatureCollection', features: [feature('Oak', '01'), feature('Elm', '02')] }),
    ),
  html: (project) =>
    project.write(
      'trees.html',
      '<html><table><tr><td>other</td></tr></table><table><tr><th>name</th><th>zip</th></tr><tr><td>Oak</td><td>01</td></tr><tr><td>Elm</td><td>02</td></tr></table></html>',
    ),
};

describe('the examples of docs/formats.md', () => {
  for (const name of FORMAT_NAMES) {
    test(name, async (context) => {
      const project = await IngestProject.make(context);
      const { example, isGeographic }: FormatDeclaration = FORMATS[name];
      const file = path.basename(await FILES[name](project));
      await project.templateText(
        'trees',
        `
id: trees
attributes: {name: Trees}
ingestion:
  source: {type: local_file, path: ${file}}
  file_format:
${example.replaceAll(/^/gm, '    ')}
`,
      );
      await project.ingestHere('trees', { version: '1' });
      const rows = await project.query('SELECT * FROM FILE', 'trees', '1');
      assert.deepEqual(
        rows.map((row) => row.name),
        ['Oak', 'Elm'],
      );
      assert.equal('geom' in rows[0]!, isGeographic);
    });
  }
});
