// The catalogue of a project of 206 templates of 20 columns with 50 versions each: the first time, with nothing new, and
// with one new version: bin/node bench/catalog.ts [--templates N] [--versions N]
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { INSTALLATION } from '../src/settings/settings.ts';
import { measure } from './measure.ts';

const run = promisify(execFile);
const { values } = parseArgs({
  options: { templates: { type: 'string', default: '206' }, versions: { type: 'string', default: '50' } },
});
const [templates, versions] = [Number(values.templates), Number(values.versions)];
const work = path.join(INSTALLATION, 'build', 'bench-catalog');
const lifecycle = path.join(INSTALLATION, 'bin', 'lifecycle');
const columns = Array.from({ length: 20 }, (_, i) => `column_${i}`);

await rm(work, { recursive: true, force: true });
await mkdir(path.join(work, 'ingest_templates'), { recursive: true });
await writeFile(path.join(work, 'data.csv'), `${columns.join(',')}\n${columns.map((_, i) => i).join(',')}\n`);
const template = (id: string) =>
  writeFile(
    path.join(work, 'ingest_templates', `${id}.yml`),
    JSON.stringify({
      id,
      attributes: { name: `The name of ${id}`, description: `What ${id} is about, in a sentence or two. `.repeat(3) },
      ingestion: {
        source: { type: 'local_file', path: 'data.csv' },
        file_format: { type: 'csv' },
        processing_steps: [{ name: 'clean_column_names', args: { lower: true } }, { name: 'deduplicate' }],
      },
      columns: columns.map((name) => ({ id: name, data_type: 'text', description: `What ${name} of ${id} says` })),
    }),
  );
const first = 'dataset_0';
await template(first);
await run(lifecycle, ['--project', work, 'ingest', first, 'v0']);
const store = path.join(work, '.lifecycle', 'ingest');
const record = await readFile(path.join(store, first, 'v0', 'record.json'), 'utf8');
const config = await readFile(path.join(store, first, 'v0', first, 'config.json'), 'utf8');

/** A copy of the first version under another name; what a catalogue does not read is left out. */
async function version(id: string, name: string): Promise<void> {
  const dir = path.join(store, id, name);
  await mkdir(path.join(dir, id), { recursive: true });
  const named = (text: string) => text.replaceAll(first, id).replaceAll('v0', name);
  await writeFile(path.join(dir, id, 'config.json'), named(config));
  await writeFile(path.join(dir, 'record.json'), named(record));
  await writeFile(path.join(store, id, 'latest'), `${name}\n`);
}

for (let i = 0; i < templates; i++) {
  const id = `dataset_${i}`;
  await template(id);
  for (let v = 0; v < versions; v++) if (i + v > 0) await version(id, `v${v}`);
}

async function measured(what: string): Promise<void> {
  const site = path.join(work, 'site');
  const {
    wall,
    cpu,
    peak_mb: peak,
  } = await measure('python3', [lifecycle, '--project', work, 'catalog', 'build', '--out', site]);
  console.log(`${what}: ${wall.toFixed(2)} s, CPU ${cpu.toFixed(2)} s, ${Math.round(peak)} MB`);
}

await measured('the first time');
await measured('nothing new');
await version(first, `v${versions}`);
await measured('one new version');
await rm(work, { recursive: true, force: true });
