import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { compareTables, type DiffOptions } from '../../src/diff/diff.ts';
import type { TableDiff } from '../../src/diff/table-diff.ts';
import { parseTolerances } from '../../src/diff/tolerance.ts';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { settingsFrom } from '../../src/settings/settings.ts';

const { venvDir } = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });

/** Two tables of a test, as Parquet files, and their comparison. */
export class Workbench {
  readonly dir: string;
  readonly engine: Engine;

  private constructor(dir: string, engine: Engine) {
    this.dir = dir;
    this.engine = engine;
  }

  static async make(t: TestContext, memoryLimit?: number): Promise<Workbench> {
    const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-diff-'));
    const engine = await Engine.open({ venvDir, temporaryDir: dir, ...(memoryLimit && { memoryLimit }) });
    t.after(async () => {
      engine.close();
      await rm(dir, { recursive: true, force: true });
    });
    await engine.load('spatial');
    return new Workbench(dir, engine);
  }

  file(name: string): string {
    return path.join(this.dir, `${name}.parquet`);
  }

  async write(name: string, sql: string): Promise<void> {
    await this.engine.run(`COPY (${sql}) TO ${literal(this.file(name))} (FORMAT parquet)`);
  }

  compare(options: Partial<DiffOptions> & { tolerance?: string[]; trim?: boolean } = {}) {
    const { tolerance = [], trim = false, ...rest } = options;
    const side = (name: string) => ({ name, file: this.file(name), format: 'parquet' as const });
    return compareTables(
      this.engine,
      { before: side('before'), now: side('now') },
      { limit: 100, tolerances: parseTolerances(tolerance, trim), ...rest },
    );
  }

  /** Writes both tables and compares them. */
  async diff(before: string, now: string, options: Parameters<Workbench['compare']>[0] = {}): Promise<TableDiff> {
    await this.write('before', before);
    await this.write('now', now);
    return (await this.compare(options)).diff;
  }
}

/** Lots as a city has them: 34,736 polygons of some corners in feet, with a number, an owner, a date and values. */
export const LOTS = `SELECT printf('%010d', CAST(1000010000 + i * 7 AS BIGINT)) AS bbl, 'owner ' || i % 977 AS owner, DATE '2000-01-01' + CAST(i % 3650 AS INTEGER) AS sold,
  round(i * 1.37, 2) AS value, CASE WHEN i % 5 = 0 THEN NULL ELSE i % 40 END AS floors,
  ST_SetCRS(ST_MakePolygon(ST_MakeLine([ST_Point(x, y), ST_Point(x + 25, y), ST_Point(x + 25, y + 60), ST_Point(x + 12, y + 100), ST_Point(x, y + 100), ST_Point(x, y)])), 'EPSG:2263') AS geom
  FROM (SELECT i, 980000 + 30.0 * (i % 200) AS x, 190000 + 110.0 * (i // 200) AS y FROM range(34736) r(i))`;
