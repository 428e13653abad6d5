import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { LifecycleError } from '../../src/errors.ts';
import type { FormatContext } from '../../src/ingest/formats/format.ts';
import { readFormat } from '../../src/ingest/formats/registry.ts';
import { lateError } from '../../src/ingest/late-error.ts';
import { reprojected } from '../../src/ingest/steps/reproject.ts';
import { writeParquet } from '../../src/parquet/write.ts';
import { normaliseGeometry } from '../../src/relation/geometry.ts';
import type { Relation } from '../../src/relation/relation.ts';
import { silentReporter } from '../../src/report.ts';
import { geodatabaseOf, zipTo } from '../fixtures/geodatabase.ts';
import { damage, seeded } from '../fixtures/mutate.ts';
import { dbf, POLYGON, polygon, shapeFiles } from '../fixtures/shapefile.ts';
import { engine } from '../fixtures/steps.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';
import { IngestProject } from './project.ts';

/** Each one ends within this, whatever its bytes say. */
const LIMIT_MS = 10_000;
const MUTANTS = Number(process.env.LIFECYCLE_MUTANTS || (BOTH_PARTS ? 150 : 50));
const PRJ =
  'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]]';

type Files = Map<string, Buffer>;

function goodShapefile(): Files {
  const ring = (x: number, side: number) =>
    [
      [x, x],
      [x, x + side],
      [x + side, x + side],
      [x + side, x],
      [x, x],
    ] as const;
  const rows = [0, 1, 2, 3, 4, 5];
  const shapes = rows.map((x) => polygon([ring(x, 3), ring(x + 1, 1).toReversed(), ring(x + 40, 2)]));
  const records = rows.map((x) => [`café ${x}`, String(x), '20240131', 'T']);
  const fields = [
    ['name', 'C', 12],
    ['n', 'N', 9],
    ['day', 'D', 8],
    ['flag', 'L', 1],
  ] as const;
  const { shp, shx } = shapeFiles(shapes, POLYGON);
  const table = dbf(
    fields.map(([name, type, width]) => [name, type, width]),
    records,
  );
  return new Map([
    ['one.shp', shp],
    ['one.shx', shx],
    ['one.dbf', table],
    ['one.prj', Buffer.from(PRJ)],
  ]);
}

/** What an ingest does with it: valid, reprojected, written. Gives the rows, or the code of the refusal. */
async function outcomeOf(reading: Promise<Relation>, file: string): Promise<number | string> {
  try {
    const relation = await reprojected(normaliseGeometry(await reading), 'EPSG:2263', { engine });
    return (await writeParquet(engine, relation, file)).rows;
  } catch (error) {
    const told = lateError(error, 'mutant');
    if (told instanceof LifecycleError && told.code !== 'LIF_INTERNAL') return told.code;
    throw error;
  }
}

/**
 * Damages one file after another, with a seed. A signal would end this test as a whole; an error without a code is thrown.
 *
 * @param states how many rows the damaged files say that they have, where that can still be told
 */
async function tryMutants(
  good: Files,
  seed: number,
  read: (dir: string, files: Files) => Promise<Relation>,
  states: (files: Files) => number,
): Promise<{ published: number; refused: number }> {
  const random = seeded(seed);
  const seen = { published: 0, refused: 0 };
  const names = [...good.keys()];
  for (let i = 0; i < MUTANTS; i++) {
    const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-mutant-'));
    const files = new Map(good);
    const name = names[Math.floor(random() * names.length)]!;
    files.set(name, damage(good.get(name)!, random));
    const started = performance.now();
    try {
      const outcome = await outcomeOf(read(dir, files), path.join(dir, 'out.parquet'));
      if (typeof outcome === 'string') seen.refused++;
      else {
        seen.published++;
        assert.equal(outcome, states(files), `mutant ${i}, ${name}`);
      }
      assert.ok(performance.now() - started < LIMIT_MS, `mutant ${i}, ${name}`);
    } catch (cause) {
      throw new Error(`mutant ${i} of seed ${seed}: ${name} was damaged`, { cause });
    } finally {
      await rm(dir, { recursive: true });
    }
  }
  return seen;
}

const contextOf = (workDir: string) =>
  ({ engine, workDir, reporter: silentReporter, signal: new AbortController().signal }) as unknown as FormatContext;

test('damaged shapefiles are refused with a code, or have all the rows that they state', async (t) => {
  await engine.load('spatial');
  const seen = await tryMutants(
    goodShapefile(),
    20261127,
    async (dir, files) => {
      for (const [name, bytes] of files) await writeFile(path.join(dir, name), bytes);
      return readFormat('shapefile', dir, { type: 'shapefile', crs: 'EPSG:4326' }, contextOf(dir));
    },
    (files) => {
      const table = files.get('one.dbf')!;
      const [count, head, width] = [table.readUInt32LE(4), table.readUInt16LE(8), table.readUInt16LE(10)];
      const deleted = Array.from({ length: count }, (_, i) => table[head + i * width]).filter((mark) => mark === 0x2a);
      return count - deleted.length;
    },
  );
  leavesOut(t, '100 more damaged files');
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.published > 0 && seen.refused > 0);
});

test('damaged geodatabases are refused with a code, or have all the rows that they state', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-mutants-'));
  t.after(() => rm(dir, { recursive: true }));
  const query = `SELECT i::INTEGER AS i, 'café ' || i AS name, ST_Multi(ST_Buffer(ST_Point(980000 + i, 200000), 5 + i)) AS geom FROM range(6) AS r(i)`;
  const good = await geodatabaseOf(engine, dir, query, 'MULTIPOLYGON');
  assert.ok(good.size > 10);
  const seen = await tryMutants(
    new Map([...good].filter(([name]) => /gdbtabl[ex]$/.test(name))),
    20261128,
    async (workDir, files) => {
      const zip = await zipTo(path.join(workDir, 'x.gdb.zip'), files, 'x.gdb');
      const format = { type: 'geodatabase', crs: 'EPSG:2263', layer: 'lay1' } as const;
      return readFormat('geodatabase', zip, format, contextOf(workDir));
    },
    () => 6,
  );
  leavesOut(t, '100 more damaged files');
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.published > 0 && seen.refused > 0);
});

test('a damaged shapefile leaves the store as it was: exit 1, a code, no lock, nothing staged', async (t) => {
  const project = await IngestProject.make(t);
  await project.template('lots', {
    source: { type: 'local_file', path: 'lots.zip' },
    file_format: { type: 'shapefile', crs: 'EPSG:4326' },
  });
  const files = goodShapefile();
  files.set('one.shx', files.get('one.shx')!.subarray(0, 50));
  await mkdir(project.dir, { recursive: true });
  await zipTo(path.join(project.dir, 'lots.zip'), files);
  const outcome = await project.run(['ingest', 'lots', '1']);
  assert.deepEqual([outcome.code, outcome.signal], [1, null]);
  assert.match(outcome.stderr, /ING_BAD_FILE: one\.shx has 50 bytes/);
  assert.deepEqual(await project.list('.locks'), []);
  assert.deepEqual(await project.list('.staging'), []);
  assert.deepEqual(await project.list('ingest', 'lots'), []);
});
