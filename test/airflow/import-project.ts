// Imports the DAGs of a project and checks that none is lost or broken: bin/node test/airflow/import-project.ts DIR
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { dagIdFor } from '../../src/ids.ts';
import { importDags } from './import-dags.ts';

const project = process.argv[2];
if (!project) {
  console.error('usage: bin/node test/airflow/import-project.ts DIR');
  process.exit(2);
}

const found = await importDags(path.resolve(project));
const templates = (await readdir(path.join(project, 'ingest_templates')))
  .filter((name) => name.endsWith('.yml'))
  .map((name) => dagIdFor('ingest', name.slice(0, -'.yml'.length)));
const products = found.manifest.builds.map(({ id }) => dagIdFor('build', id));
const expected = [...templates, ...products];

const problems = [
  ...Object.entries(found.import_errors).map(([file, error]) => `${file}: ${error}`),
  ...expected.filter((id) => !(id in found.dags)).map((id) => `${id} is lost`),
  ...Object.entries(found.assets)
    .filter(([, described]) => described.length !== 1)
    .map(([name, described]) => `the asset ${name} is described in ${described.length} ways`),
  ...Object.entries(found.dags)
    .filter(([, { tags }]) => tags.includes('broken'))
    .map(([id]) => `${id} is broken`),
];
for (const problem of problems) console.error(problem);
const good = Object.keys(found.dags).length;
console.log(
  `DAGs: ${good} (${templates.length} ingest, ${products.length} build), import ${found.second_seconds.toFixed(2)} s`,
);
console.log(`${good - problems.length} passed, ${problems.length} failed`);
process.exitCode = problems.length === 0 && good > 0 ? 0 : 1;
