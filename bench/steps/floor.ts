// What DuckDB alone takes: bin/node bench/steps/floor.ts FLOOR.json; each of its queries reads `raw` and is written.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { settingsFrom } from '../../src/settings/settings.ts';
import type { Floor } from './raw-reader.ts';

const floor = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as Floor;
const { venvDir } = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
const engine = await Engine.open({ venvDir, temporaryDir: floor.output });
if (floor.geographic) await engine.load('spatial');
if (floor.previous) await engine.run(`CREATE VIEW previous AS SELECT * FROM read_parquet(${literal(floor.previous)})`);
for (const [i, { reader, query }] of floor.queries.entries()) {
  await engine.run(`CREATE OR REPLACE VIEW raw AS SELECT * FROM ${reader}`);
  await engine.run(`COPY (${query}) TO ${literal(path.join(floor.output, `${i}.parquet`))} (FORMAT parquet)`);
}
engine.close();
