// A profile beside pandas and geopandas doing the same, in one run: bin/node bench/profile.ts [--runs N]
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../src/cli/table.ts';
import { Engine } from '../src/engine/engine.ts';
import { literal } from '../src/engine/sql.ts';
import { INSTALLATION, settingsFrom } from '../src/settings/settings.ts';
import { pythonTools } from '../test/python-environment.ts';
import { type Measured, measure, median } from './measure.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const work = path.join(INSTALLATION, 'build', 'bench-profile');

/** Rows by name of the file: numbers, codes, texts of few and of many different values, dates. */
const INPUTS: Record<string, { what: string; sql: string }> = {
  table: {
    what: '1,000,000 × 20',
    sql: `SELECT ${[
      ...[
        'i AS id',
        'md5(i::VARCHAR) AS hash',
        "'name ' || hash(i) % 300000 AS name",
        '(hash(i) % 5)::INTEGER AS borough',
      ],
      ...['40 + (hash(i * 11) % 1000000) / 1e6 AS latitude', '-74 + (hash(i * 13) % 1000000) / 1e6 AS longitude'],
      ...['(hash(i) % 100000) / 3.0 AS price', '(hash(i * 5) % 1000)::INTEGER AS units'],
      ...["DATE '2000-01-01' + (hash(i * 17) % 9000)::INTEGER AS opened", 'hash(i * 3) % 100000 / 7.0 AS area'],
      ...Array.from(
        { length: 6 },
        (_, k) => `['alpha', 'beta', 'gamma', NULL, '${k}'][1 + (hash(i * ${k + 19}) % 5)::INTEGER] AS code_${k}`,
      ),
      ...Array.from({ length: 4 }, (_, k) => `'street ' || hash(i * ${k + 29}) % 20000 AS street_${k}`),
    ].join(', ')} FROM range(1000000) r(i)`,
  },
  polygons: {
    what: '300,000 polygons',
    sql: `SELECT i AS id, 'lot ' || i AS name, (i % 7)::INTEGER AS kind,
        ST_SetCRS(ST_Buffer(ST_Point(980000 + hash(i) % 80000, 150000 + hash(i * 3) % 100000), 50 + i % 50, 4), 'EPSG:2263') AS geom
      FROM range(300000) r(i)`,
  },
};

async function makeInput(name: string, sql: string, venvDir: string): Promise<string> {
  const file = path.join(work, `${name}.parquet`);
  if (existsSync(file)) return file;
  const engine = await Engine.open({ venvDir, temporaryDir: work });
  await engine.load('spatial');
  await engine.run(`COPY (${sql}) TO ${literal(file)} (FORMAT parquet)`);
  engine.close();
  return file;
}

const settings = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
const environment = await pythonTools(settings.venvDir);
if ('missing' in environment) throw new Error(environment.missing);
const { python } = environment;
await mkdir(work, { recursive: true });
const rows: string[][] = [];
for (const [name, { what, sql }] of Object.entries(INPUTS)) {
  const file = await makeInput(name, sql, settings.venvDir);
  const store = path.join(work, 'store');
  const took: { ours: Measured[]; python: Measured[] } = { ours: [], python: [] };
  for (let i = 0; i < Number(values.runs); i++) {
    await rm(store, { recursive: true, force: true });
    const command = [path.join(INSTALLATION, 'bin', 'lifecycle'), 'profile', file];
    took.ours.push(await measure(python, command, { LIFECYCLE_HOME: store }));
    took.python.push(await measure(python, [python, path.join(import.meta.dirname, 'profile.py'), file]));
  }
  for (const [by, all] of Object.entries(took)) {
    const of = (key: keyof Measured) => median(all.map((each) => each[key]));
    rows.push([
      by === 'ours' ? what : '',
      by,
      `${of('wall').toFixed(2)} s`,
      `${of('cpu').toFixed(2)} s`,
      `${of('peak_mb').toFixed(0)} MB`,
    ]);
  }
}
const right = (heading: string) => ({ heading, align: 'right' as const });
const headings = [{ heading: `MEDIAN OF ${values.runs}` }, { heading: 'BY' }, ...['WALL', 'CPU', 'PEAK'].map(right)];
console.log(formatTable(headings, rows).join('\n'));
