// Time of planning a recipe of 150 inputs, as a process: bin/node bench/plan.ts [--runs N]
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { INSTALLATION } from '../src/settings/settings.ts';

const run = promisify(execFile);
const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } });
const work = path.join(INSTALLATION, 'build', 'bench-plan');
const lifecycle = path.join(INSTALLATION, 'bin', 'lifecycle');
const ids = Array.from({ length: 150 }, (_, i) => `input_${i}`);

await rm(work, { recursive: true, force: true });
for (const folder of ['ingest_templates', 'products']) await mkdir(path.join(work, folder), { recursive: true });
await writeFile(path.join(work, 'data.csv'), 'id,name\n1,a\n2,b\n');
for (const id of ids) {
  await writeFile(
    path.join(work, 'ingest_templates', `${id}.yml`),
    `id: ${id}\nattributes: {name: ${id}}\ningestion:\n  source: {type: local_file, path: data.csv}\n  file_format: {type: csv}\n`,
  );
}
const recipe = { name: 'p', product: 'p', version: '1', inputs: { datasets: ids.map((id) => ({ id })) } };
await writeFile(
  path.join(work, 'products', 'products.yml'),
  JSON.stringify({ products: [{ id: 'p', path: 'products' }] }),
);
await writeFile(path.join(work, 'products', 'recipe.yml'), JSON.stringify(recipe));
const [first] = ids;
await run(lifecycle, ['--project', work, 'ingest', first!, '1']);
// The other versions are copies of the first under their own names.
const made = path.join(work, '.lifecycle', 'ingest', first!);
const record = await readFile(path.join(made, '1', 'record.json'), 'utf8');
for (const id of ids.slice(1)) {
  const dir = path.join(work, '.lifecycle', 'ingest', id);
  await mkdir(path.join(dir, '1'), { recursive: true });
  await mkdir(path.join(dir, '1', id));
  await copyFile(path.join(made, '1', first!, `${first}.parquet`), path.join(dir, '1', id, `${id}.parquet`));
  await writeFile(path.join(dir, '1', 'record.json'), record.replaceAll(first!, id));
  await writeFile(path.join(dir, 'latest'), '1\n');
}
const times: number[] = [];
for (let i = 0; i < Number(values.runs); i++) {
  const start = performance.now();
  await run(lifecycle, ['--project', work, 'plan', 'p', `k${i}`]);
  times.push((performance.now() - start) / 1000);
}
const lock = await readFile(path.join(work, '.lifecycle', 'builds', 'p', 'k0', 'inputs.lock.json'), 'utf8');
const { inputs } = JSON.parse(lock) as { inputs: unknown[] };
times.sort((a, b) => a - b);
console.log(
  `a plan of ${inputs.length} inputs: ${times[Math.floor(times.length / 2)]!.toFixed(2)} s, median of ${times.length}`,
);
