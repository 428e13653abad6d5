// What a page asks of a store with 206 x 5,000 records, and of a map with 300,000 polygons:
// bin/node bench/page.ts [--templates N] [--versions N] [--polygons N] [--keep]
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { Engine } from '../src/engine/engine.ts';
import { literal } from '../src/engine/sql.ts';
import { INSTALLATION } from '../src/settings/settings.ts';
import { builtPage } from '../test/page/browser.ts';
import { firstPaints } from './first-paint.ts';

const { values } = parseArgs({
  options: {
    templates: { type: 'string', default: '206' },
    versions: { type: 'string', default: '5000' },
    polygons: { type: 'string', default: '300000' },
    keep: { type: 'boolean', default: false },
  },
});
const [templates, versions, polygons] = [values.templates, values.versions, values.polygons].map(Number) as [
  number,
  number,
  number,
];
const run = promisify(execFile);
const lifecycle = path.join(INSTALLATION, 'bin', 'lifecycle');
const work = path.join(INSTALLATION, 'build', 'bench-page');
const TOKEN = 'bench';
const DAY_MS = 86_400_000;
/** How often the page is opened. */
const PAINTS = 9;

/** A template of a CSV file. */
async function template(id: string, ingestion: string): Promise<void> {
  const text = `id: ${id}\nattributes: {name: Name of ${id}, description: What is in ${id}}\ningestion:\n${ingestion}`;
  await writeFile(path.join(work, 'ingest_templates', `${id}.yml`), text);
}

const nameOf = (i: number) => `dataset_${String(i).padStart(3, '0')}`;

/** Records as an ingest leaves them, each under its own version; without the tables, which no list looks at. */
async function generate(): Promise<void> {
  await mkdir(path.join(work, 'ingest_templates'), { recursive: true });
  await writeFile(path.join(work, 'data.csv'), 'id,name\n1,a\n2,b\n');
  const csv = '  source: {type: local_file, path: data.csv}\n  file_format: {type: csv}\n';
  for (let i = 0; i < templates; i++) await template(nameOf(i), csv);
  await run(lifecycle, ['--project', work, 'ingest', nameOf(0), 'first']);
  const store = path.join(work, '.lifecycle', 'ingest');
  const record = await readFile(path.join(store, nameOf(0), 'first', 'record.json'), 'utf8');
  const { created } = JSON.parse(record) as { created: string };
  for (let i = 0; i < templates; i++) {
    const dir = path.join(store, nameOf(i));
    const own = record.replaceAll(nameOf(0), nameOf(i));
    for (let n = 0; n < versions; n++) {
      const version = `v${n}`;
      const at = new Date(Date.parse(created) - (versions - n) * DAY_MS).toISOString();
      mkdirSync(path.join(dir, version), { recursive: true });
      const text = own.replace('"first"', JSON.stringify(version)).replace(created, at);
      writeFileSync(path.join(dir, version, 'record.json'), text);
    }
    writeFileSync(path.join(dir, 'latest'), `v${versions - 1}\n`);
  }
}

/** Lots of about 20 by 30 metres, eight corners each, over a city. */
async function generatePolygons(): Promise<void> {
  const engine = await Engine.open({ venvDir: path.join(INSTALLATION, '.venv'), temporaryDir: work });
  await engine.load('spatial');
  const across = Math.ceil(Math.sqrt(polygons));
  const corner = (dx: number, dy: number) => `ST_Point(x + ${dx} * w, y + ${dy} * w)`;
  const ring = [
    corner(0, 0),
    corner(1, 0),
    corner(1, 1),
    corner(0.7, 1.3),
    corner(0.3, 1.3),
    corner(0, 1),
    corner(0, 0),
  ];
  const file = path.join(work, 'lots.parquet');
  await engine.run(`COPY (
    SELECT i AS id, 'lot ' || i AS name, ST_SetCRS(ST_MakePolygon(ST_MakeLine([${ring.join(', ')}])), 'EPSG:4326') AS geom
    FROM (SELECT i, -74.2 + (i % ${across}) * 0.0009 AS x, 40.55 + (i // ${across}) * 0.0007 AS y,
      0.0003 + 0.0002 * (hash(i) % 100) / 100 AS w FROM range(${polygons}) r(i))
  ) TO ${literal(file)} (FORMAT parquet)`);
  engine.close();
  await run(lifecycle, ['--project', work, 'adopt', 'lots', '1', file]);
}

const cpuSeconds = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const peakMegabytes = (pid: number) =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1000);

async function serve() {
  const env = { ...process.env, LIFECYCLE_SERVE_TOKEN: TOKEN };
  const args = ['--project', work, 'serve', '--page', await builtPage()];
  const child = spawn(lifecycle, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const base = new URL(line.trim()).origin;
  const ask = async (address: string) => {
    const [since, cpu] = [performance.now(), cpuSeconds(child.pid!)];
    const response = await fetch(base + address, { headers: { authorization: `Bearer ${TOKEN}` } });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${address}: ${response.status} ${bytes}`);
    const ms = performance.now() - since;
    return { ms, cpuMs: (cpuSeconds(child.pid!) - cpu) * 1000, bytes: bytes.length, text: () => bytes.toString() };
  };
  return { child, ask, pid: child.pid!, address: line.trim() };
}

const rounded = (n: number) => Math.round(n * 10) / 10;

/** The middle and the slowest of several answers. */
async function measure(
  what: string,
  times: number,
  ask: (i: number) => Promise<{ ms: number; cpuMs: number; bytes: number }>,
) {
  const all = [];
  for (let i = 0; i < times; i++) all.push(await ask(i));
  all.sort((a, b) => a.ms - b.ms);
  const [middle, slowest] = [all[Math.floor(all.length / 2)]!, all.at(-1)!];
  const cpu = all.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / all.length;
  const most = Math.max(...all.map(({ bytes }) => bytes));
  console.log(
    `${what}: ${rounded(middle.ms)} ms (slowest ${rounded(slowest.ms)}), CPU ${rounded(cpu)} ms, at most ${most} bytes`,
  );
}

const load = () => `load ${loadavg()[0]!.toFixed(1)}`;

try {
  if (!readdirSync(path.dirname(work)).includes('bench-page')) {
    console.log(`generating ${templates} x ${versions} records, ${polygons} polygons`);
    await generate();
    await template('lots', '  source: {type: local_file, path: lots.parquet}\n  file_format: {type: parquet}\n');
    await generatePolygons();
  }
  await rm(path.join(work, '.lifecycle', '.cache'), { recursive: true, force: true });

  let server = await serve();
  const since = performance.now();
  const first = await server.ask('/api/assets');
  console.log(`first answer, nothing known: ${rounded(first.ms)} ms`);
  let slowest = 0;
  for (;;) {
    const answer = await server.ask('/api/assets');
    slowest = Math.max(slowest, answer.ms);
    if ((JSON.parse(answer.text()) as { complete: boolean }).complete) break;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  console.log(
    `first index: ${rounded((performance.now() - since) / 1000)} s, CPU ${rounded(cpuSeconds(server.pid))} s, slowest list meanwhile ${rounded(slowest)} ms, ${load()}`,
  );
  console.log(`index: ${Math.round(statSync(path.join(work, '.lifecycle', '.cache', 'index.sqlite')).size / 1e6)} MB`);
  await measure('list', 20, () => server.ask('/api/assets'));
  const paints = await firstPaints(server.address, PAINTS);
  if (paints) {
    const [fastest, middle, slowest] = [paints[0]!, paints[Math.floor(PAINTS / 2)]!, paints.at(-1)!];
    console.log(
      `list painted after its answer: ${rounded(middle.ms)} ms (${rounded(fastest.ms)} to ${rounded(slowest.ms)}), ${middle.rows} rows drawn, ${rounded(middle.sinceOpened)} ms after the page was opened, ${load()}`,
    );
  }
  await measure(`asset with ${versions} versions`, 20, (i) =>
    server.ask(`/api/assets/ingest/${nameOf(i % templates)}`),
  );
  await measure('version', 20, (i) => server.ask(`/api/assets/ingest/${nameOf(i % templates)}/versions/v7`));
  await cp(path.join(work, '.lifecycle', 'ingest', nameOf(1), 'v1'), path.join(work, 'again'), { recursive: true });
  await rm(path.join(work, '.lifecycle', 'ingest', nameOf(1), 'v1'), { recursive: true });
  await measure('asset after one of its versions went', 1, () => server.ask(`/api/assets/ingest/${nameOf(1)}`));
  await cp(path.join(work, 'again'), path.join(work, '.lifecycle', 'ingest', nameOf(1), 'v1'), { recursive: true });
  console.log(`peak without maps: ${peakMegabytes(server.pid)} MB`);
  server.child.kill();
  await once(server.child, 'exit');

  server = await serve();
  await measure('list of a server that has just started', 1, () => server.ask('/api/assets'));
  await measure('map: prepared and its extent', 1, () => server.ask('/api/tiles?ref=lots@1'));
  const [west, north] = [-74.2, 40.55 + Math.sqrt(polygons) * 0.0007];
  for (const z of [8, 10, 11, 12, 13, 14, 15, 16, 17]) {
    const n = 2 ** z;
    const column = (longitude: number) => ((longitude + 180) / 360) * n;
    const row = (latitude: number) => {
      const angle = (latitude * Math.PI) / 180;
      return ((1 - Math.log(Math.tan(angle) + 1 / Math.cos(angle)) / Math.PI) / 2) * n;
    };
    const [x, y] = [column(west + 0.2), row(north - 0.2)].map(Math.floor) as [number, number];
    await measure(`tiles at zoom ${z}`, 5, (i) =>
      server.ask(`/api/tiles/${z}/${x + (z > 10 ? i % 2 : 0)}/${y}?ref=lots@1`),
    );
  }
  const { length } = readdirSync(path.join(work, '.lifecycle', '.cache', 'tiles'));
  console.log(`peak with maps: ${peakMegabytes(server.pid)} MB, ${length} prepared, ${load()}`);
  server.child.kill();
  await once(server.child, 'exit');
} finally {
  if (!values.keep) await rm(work, { recursive: true, force: true });
}
