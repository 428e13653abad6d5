// Times of loading into PostGIS beside the usual Python tools, in one run: bin/node bench/load/run.ts [--runs N] [--only NAME]
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { formatTable } from '../../src/cli/table.ts';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { INSTALLATION, settingsFrom } from '../../src/settings/settings.ts';
import { SKIPPED, startCluster } from '../../test/builds/postgres-cluster.ts';
import { pythonEnvironment } from '../../test/python-environment.ts';
import { type Measured, measure, median } from '../measure.ts';

const run = promisify(execFile);
const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' }, only: { type: 'string' } } });
const here = import.meta.dirname;
const work = path.join(INSTALLATION, 'build', 'bench-load');
const lifecycle = path.join(INSTALLATION, 'bin', 'lifecycle');

const COLUMNS = Array.from({ length: 20 }, (_, i) => {
  const kinds = [
    `i * ${i + 7}`,
    `'value ' || (i * ${i + 3}) % 1000`,
    `i / ${i + 1.5}::DOUBLE`,
    `'Some street name ' || i`,
  ];
  return `${kinds[i % 4]} AS c${i}`;
});
const CASES = [
  { name: 'rows', what: '1,000,000 rows × 20', sql: `SELECT ${COLUMNS.join(', ')} FROM range(1000000) r(i)` },
  {
    name: 'polygons',
    what: '50,000 polygons',
    sql: `SELECT i AS id, 'name ' || i AS name,
      ST_SetCRS(ST_Buffer(ST_Point(980000 + (i % 300) * 500, 150000 + (i // 300) * 500), 200, 8), 'EPSG:2263') AS geom
      FROM range(50000) r(i)`,
  },
];

if (SKIPPED) throw new Error(SKIPPED);
const settings = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });
const environment = await pythonEnvironment(
  'bench-load',
  path.join(here, 'requirements.lock'),
  path.join(settings.venvDir, 'bin', 'python'),
);
if ('missing' in environment) throw new Error(environment.missing);
const { python } = environment;

await rm(work, { recursive: true, force: true });
await mkdir(path.join(work, 'products'), { recursive: true });
const products = CASES.map(({ name }) => ({ id: name, recipe: `recipe-${name}.yml`, path: 'products' }));
await writeFile(path.join(work, 'products', 'products.yml'), JSON.stringify({ products }));
const engine = await Engine.open({ venvDir: settings.venvDir, temporaryDir: work });
await engine.load('spatial');
for (const { name, sql } of CASES) {
  const recipe = { name, product: name, version: '1', inputs: { datasets: [{ id: name }] } };
  await writeFile(path.join(work, 'products', `recipe-${name}.yml`), JSON.stringify(recipe));
  await engine.run(`COPY (${sql}) TO ${literal(path.join(work, `${name}.parquet`))} (FORMAT parquet)`);
  await run(lifecycle, ['--project', work, 'adopt', name, '1', path.join(work, `${name}.parquet`)]);
  await run(lifecycle, ['--project', work, 'plan', name, 'k']);
}
engine.close();

const cluster = await startCluster();
const rows: string[][] = [];
try {
  const ours = await cluster.database('ours');
  const theirs = await cluster.database('theirs');
  const client = await cluster.client('theirs');
  await client.query('CREATE EXTENSION postgis');
  await client.end();
  const url = `${theirs.BUILD_ENGINE_SERVER}/theirs`;
  for (const { name, what } of CASES) {
    if (values.only !== undefined && values.only !== name) continue;
    const load = [lifecycle, '--project', work, 'build', name, 'k', '--stage', 'load', '--force'];
    const reference = [python, path.join(here, 'reference.py'), name, path.join(work, `${name}.parquet`), url, name];
    const measured: { ours: Measured[]; theirs: Measured[] } = { ours: [], theirs: [] };
    // In turn, so that whatever else the machine does falls on both.
    for (let i = 0; i < Number(values.runs); i++) {
      measured.ours.push(await measure(python, load, ours));
      measured.theirs.push(await measure(python, reference));
    }
    const of = (key: 'wall' | 'peak_mb') =>
      [median(measured.ours.map((each) => each[key])), median(measured.theirs.map((each) => each[key]))] as const;
    const [wall, wallThere] = of('wall');
    const [peak, peakThere] = of('peak_mb');
    rows.push([
      what,
      `${wall.toFixed(2)} s`,
      `${wallThere.toFixed(2)} s`,
      `${(wallThere / wall).toFixed(1)}×`,
      `${peak.toFixed(0)} MB`,
      `${peakThere.toFixed(0)} MB`,
    ]);
    console.error(rows.at(-1)!.join('  '));
  }
} finally {
  await cluster.stop();
}
const right = (heading: string) => ({ heading, align: 'right' as const });
const headings = ['OURS', 'PYTHON', 'FASTER', 'PEAK OURS', 'PEAK PYTHON'].map(right);
console.log(formatTable([{ heading: `MEDIAN OF ${values.runs}` }, ...headings], rows).join('\n'));
