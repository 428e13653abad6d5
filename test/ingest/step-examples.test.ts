import assert from 'node:assert/strict';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { StepDeclaration } from '../../src/project/vocabulary/step.ts';
import { rowsOf } from '../../src/project/vocabulary/step-arguments.ts';
import { STEP_NAMES, STEPS } from '../../src/project/vocabulary/steps.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { DIES_AT_EXIT } from '../fixtures/dies-at-exit.ts';
import { type Ends, IngestProject, VENV } from './project.ts';

const HEADER = 'id,name,borough,built,address,zip,boro,block,lot,bin,lon,lat,House No';
const ROWS = [
  '1, Forest Park ,Queens,1895-08-09,12 MAIN ST,11415,4,00001,0012,30,-73.9,40.7,12',
  '2,,Bronx,unknown,9 ELM ST,10451,2,00002,0012,40,-73.8,40.8,9',
  '3,Hunts Point,Bronx,1901-01-01,3 OAK ST,10474,2,00003,0012,50,-73.8,40.9,3',
];
const ROW_FORMAT = { type: 'csv', dtype: { boro: 'str', block: 'str', lot: 'str' } };
const ROW_FILES = ['rows_{{ version }}.csv', ROW_FORMAT] as const;
const POINT_FILES = ['points_{{ version }}.geojson', { type: 'geojson' }] as const;
type Files = readonly [file: string, format: { type: string }];
const point = (x: number, y: number) => ({
  type: 'Feature',
  properties: { id: x },
  geometry: { type: 'Point', coordinates: [x, y] },
});
const POINTS = { type: 'FeatureCollection', features: [point(-73.9, 40.7), point(-73.8, 40.8)] };

/** Stands for pandas: what reads and writes a file is all that the example's function looks at. */
const PANDAS = `
import shutil
class Frame:
    def __init__(self, file): self.file = file
    def to_parquet(self, file, index): shutil.copy(self.file, file)
read_parquet = Frame
`;

/** A project with data for every example; the version before has fewer rows. */
async function exampleProject(suite: Ends): Promise<IngestProject> {
  const project = await IngestProject.make(suite);
  await project.write('rows_1.csv', [HEADER, ...ROWS.slice(0, 2)].join('\n'));
  await project.write('rows_2.csv', [HEADER, ...ROWS].join('\n'));
  await project.write('points_1.geojson', JSON.stringify(POINTS));
  await project.write('points_2.geojson', JSON.stringify(POINTS));
  await project.write('pandas.py', PANDAS);
  await project.write('tidying.py', `${DIES_AT_EXIT}def tidy(frame):\n    print("tidied")\n    return frame\n`);
  return project;
}

const geosupport = [process.execPath, path.join(INSTALLATION, 'test', 'fixtures', 'geosupport', 'command.mjs')];
const ENVIRONMENT = {
  LIFECYCLE_GEOSUPPORT: JSON.stringify(geosupport),
  LIFECYCLE_PYTHON: path.join(VENV, 'bin', 'python'),
};
const MORE_OR_LESS = { kept: [0], filtered: [-1], fewer: [-1], more: [1], others: [-1, 0, 1] };

const templateOf = (id: string, file: string, format: unknown, steps: string) => `
id: ${id}
attributes: {name: Example}
ingestion:
  source: {type: local_file, path: "${file}"}
  file_format: ${JSON.stringify(format)}
  processing_steps:
${steps.replaceAll(/^/gm, '    ')}
`;

/** The template of the same file without steps. */
const plainOf = ([, { type }]: Files) => `plain_${type}`;

describe('the examples of docs/steps.md', async () => {
  const project = await exampleProject({ after });
  const write = (id: string, [file, format]: Files, steps: string) =>
    project.templateText(id, templateOf(id, file, format, steps));
  for (const files of [ROW_FILES, POINT_FILES]) {
    await write(plainOf(files), files, '[]');
    await project.ingestHere(plainOf(files), { version: '2' });
  }

  for (const name of STEP_NAMES) {
    test(name, async () => {
      const { example, writtenName }: StepDeclaration = STEPS[name];
      const files = name === 'multi' || name === 'reproject' ? POINT_FILES : ROW_FILES;
      await write(name, files, '[]');
      await project.ingestHere(name, { version: '1' });
      await write(name, files, example);
      await project.ingestHere(name, { version: '2' }, { env: ENVIRONMENT });

      const plain = await project.query('SELECT * FROM FILE', plainOf(files), '2');
      const changed = await project.query('SELECT * FROM FILE', name, '2');
      if (name !== 'python_script') assert.notDeepEqual(changed, plain, 'the example does nothing');
      const { transformation } = (await project.readJson(name, '2', name, 'config.json')) as unknown as Config;
      const [step] = transformation.processing_steps;
      assert.equal(step!.name, name);
      assert.equal(transformation.processing_steps_summaries[0]!.name, writtenName ?? name);
      const difference = Math.sign(changed.length - plain.length);
      assert.ok(
        MORE_OR_LESS[rowsOf(name, step!.args ?? {})].includes(difference),
        `${plain.length} to ${changed.length}`,
      );
    });
  }
});

interface Config {
  transformation: {
    processing_steps: { name: string; args?: Record<string, unknown> }[];
    processing_steps_summaries: { name: string }[];
  };
}
