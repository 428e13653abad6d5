import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { FormatContext } from '../../src/ingest/formats/format.ts';
import { readFormat } from '../../src/ingest/formats/registry.ts';
import { selectOf } from '../../src/relation/relation.ts';
import { silentReporter } from '../../src/report.ts';
import { type DbfOptions, dbf, type Field, POINT, point, shapeFiles } from '../fixtures/shapefile.ts';
import { engine } from '../fixtures/steps.ts';

export interface Options extends DbfOptions {
  shapes?: Buffer[];
  type?: number;
  codePageFile?: string;
}

/** A shapefile in a folder of its own, and what is read of it. */
export async function shapefile(
  t: TestContext,
  fields: readonly Field[],
  records: readonly (string | Buffer)[][],
  options: Options = {},
) {
  const workDir = await mkdtemp(path.join(tmpdir(), 'lifecycle-shapefile-'));
  t.after(() => rm(workDir, { recursive: true }));
  const dir = path.join(workDir, 'unpacked');
  await mkdir(dir);
  const { shapes = records.map((_, i) => point(i, i)), type = POINT, codePageFile } = options;
  const { shp, shx } = shapeFiles(shapes, type);
  await writeFile(path.join(dir, 'lyr.shp'), shp);
  await writeFile(path.join(dir, 'lyr.shx'), shx);
  await writeFile(path.join(dir, 'lyr.dbf'), dbf(fields, records, options));
  if (codePageFile) await writeFile(path.join(dir, 'lyr.cpg'), codePageFile);
  const logged: string[] = [];
  const reporter = { ...silentReporter, log: (_: string, text: string) => void logged.push(text) };
  const context = { engine, workDir, reporter, signal: new AbortController().signal };
  const relationOf = (format: object) =>
    readFormat(
      'shapefile',
      dir,
      { type: 'shapefile', crs: 'EPSG:4326', ...format },
      context as unknown as FormatContext,
    );
  return {
    dir,
    logged,
    relationOf,
    /** Without the geometry. */
    async read(format: object = {}) {
      const relation = await relationOf(format);
      const columns = relation.columns.slice(0, -1);
      return {
        names: columns.map((column) => column.name),
        types: columns.map((column) => column.type),
        rows: (await engine.rows(selectOf({ ...relation, columns }))).map((row) => Object.values(row)),
      };
    },
    async geometries() {
      const relation = await relationOf({});
      const { expression } = relation.columns.at(-1)!;
      return (await engine.rows(`SELECT ST_AsText(${expression}) AS wkt FROM ${relation.from}`)).map(({ wkt }) => wkt);
    },
  };
}
