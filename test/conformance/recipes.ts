// Plans every recipe of a project against a store that is made to hold what it asks for:
// bin/node test/conformance/recipes.ts PROJECT
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BuildContext } from '../../src/builds/build-options.ts';
import { KnownHashes } from '../../src/builds/known-hashes.ts';
import { preparePlan } from '../../src/builds/plan/prepare.ts';
import { makePlan } from '../../src/builds/plan/stage.ts';
import { LifecycleError } from '../../src/errors.ts';
import { parsePartitionKey, parseVersion, productIdFrom, templateIdFrom } from '../../src/ids.ts';
import { readRecipe } from '../../src/project/recipe.ts';
import { silentReporter } from '../../src/report.ts';
import { settingsFrom } from '../../src/settings/settings.ts';
import { publishStage, STAGES } from '../../src/store/builds/partition.ts';
import { formatJson, hashText } from '../../src/store/files.ts';
import type { IngestRecord } from '../../src/store/ingest-record.ts';
import { type StoreLayout, storeLayout } from '../../src/store/layout.ts';

interface Missing {
  id: string;
  version: string | null;
  source: string;
}

const fact = (name: string) => ({ path: name, bytes: name.length, sha256: hashText(name) });

/** A finished build of a product, with these files in its output. */
async function makeBuild(layout: StoreLayout, name: string, version: string, files: string[]): Promise<void> {
  const product = productIdFrom(name)!;
  const key = parsePartitionKey(version);
  for (const stage of STAGES) {
    const dir = path.join(layout.root, `staged-${stage}`);
    await mkdir(dir, { recursive: true });
    const outputs = files.map(fact);
    const record = {
      format: 1,
      product,
      partition_key: key,
      version,
      created: '2026-01-01T00:00:00Z',
      inputs: [],
      outputs,
      files: [],
      timings: {},
    };
    if (stage === 'plan') await writeFile(path.join(dir, 'source_data_versions.csv'), files[0] ?? '');
    if (stage === 'package') await writeFile(path.join(dir, 'record.json'), formatJson(record));
    await publishStage(layout, product, key, dir, { stage, fingerprint: stage, seconds: 0, facts: {} });
  }
}

async function makeVersion(layout: StoreLayout, id: string, wanted: string, files: string[]): Promise<void> {
  const template = templateIdFrom(id)!;
  const version = parseVersion(wanted);
  const dir = layout.ingest.version(template, version);
  await mkdir(dir, { recursive: true });
  const data = `${id}/${id}.parquet`;
  const record: IngestRecord = {
    format: 1,
    template: id,
    version,
    created: '2026-01-01T00:00:00Z',
    runner: 'adopted',
    mode: null,
    previous: null,
    source: {},
    raw: null,
    datasets: [
      { id, path: data, rows: 1, columns: [], crs: null, geometry_column: null, geometry_types: [], bbox: null },
    ],
    files: [data, ...files].map(fact),
    timings: {},
  };
  await writeFile(path.join(dir, 'record.json'), formatJson(record));
  await writeFile(layout.ingest.latest(template), `${version}\n`);
}

export interface RecipeResult {
  recipe: string;
  version?: string;
  inputs: number;
  /** How many inputs the first attempt named as missing. */
  missing: number;
  problem?: string;
}

async function planOne(project: string, file: string): Promise<RecipeResult> {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-recipes-'));
  try {
    const recipe = (await readRecipe(file, { standIns: true })).recipe!;
    const base = recipe.base_recipe
      ? (await readRecipe(path.join(path.dirname(file), recipe.base_recipe), { standIns: true })).recipe!
      : undefined;
    const datasets = [...recipe.inputs.datasets, ...(base?.inputs.datasets ?? [])];
    const filesOf = (id: string) =>
      datasets
        .filter((dataset) => dataset.id === id)
        .flatMap(({ custom }) => [custom.get('filepath'), custom.get('filename')])
        .filter((name) => typeof name === 'string');
    const layout = storeLayout(root);
    const id = productIdFrom(path.basename(path.dirname(file)))!;
    const context: BuildContext = {
      product: {
        id,
        build_command: null,
        dir: path.dirname(file),
        recipe: file,
        env: {},
        schedule: null,
        versions: null,
        findings: [],
      },
      key: parsePartitionKey('k'),
      layout,
      settings: { ...settingsFrom({}, { project, cwd: '/', stderrIsTerminal: false }), storeDir: root },
      reporter: silentReporter,
      signal: new AbortController().signal,
      hashes: new KnownHashes(),
      options: { force: false },
    };
    // The release before, with the versions that copy_latest_release takes over.
    const copied = datasets.map((dataset) => `${dataset.id},v1`).join('\n');
    const before = recipe.product.includes('developments') ? '25Q2' : '25v1';
    await makeBuild(layout, id, before, [`schema_name,v\n${copied}\n`]);
    let missing = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        const { lock } = await makePlan(context, await preparePlan(context));
        return { recipe: path.relative(project, file), version: lock.version, inputs: lock.inputs.length, missing };
      } catch (error) {
        const wanted = error instanceof LifecycleError ? (error.details?.missing as Missing[] | undefined) : undefined;
        if (!wanted || attempt > 3) throw error;
        missing ||= wanted.length;
        for (const input of wanted) {
          const version = input.version ?? 'v1';
          if (input.source.startsWith('edm.publishing.')) {
            const name = input.id.replace(/^db-/, '');
            await makeBuild(layout, name, version, [...filesOf(input.id), `${input.id}.parquet`, `${input.id}.csv`]);
          } else await makeVersion(layout, input.id, version, filesOf(input.id));
        }
      }
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { recipe: path.relative(project, file), inputs: 0, missing: 0, problem };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Plans each `recipe*.yml` below a project's products. */
export async function planRecipes(project: string): Promise<RecipeResult[]> {
  const entries = await readdir(path.join(project, 'products'), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /^recipe.*\.ya?ml$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const results: RecipeResult[] = [];
  for (const file of files) results.push(await planOne(project, file));
  return results;
}

if (import.meta.main) {
  const project = process.argv[2];
  if (project === undefined) {
    process.stderr.write('usage: bin/node test/conformance/recipes.ts PROJECT\n');
    process.exit(2);
  }
  const results = await planRecipes(path.resolve(project));
  for (const { recipe, version, inputs, missing, problem } of results) {
    process.stdout.write(
      `${recipe}: ${problem ?? `version ${version}, ${inputs} inputs, ${missing} of them made on demand`}\n`,
    );
  }
  const planned = results.filter((result) => result.problem === undefined).length;
  process.stdout.write(`recipes: ${planned} of ${results.length} planned\n`);
  process.exitCode = planned === results.length ? 0 : 1;
}
