import path from 'node:path';
import type { Command } from 'commander';
import type { DatasetId } from '../ids.ts';
import { adopt } from '../ingest/adopt.ts';
import { rulesOf } from '../project/dataset-checks.ts';
import { keptDataset } from '../project/kept-datasets.ts';
import { loadProject } from '../project/load.ts';
import type { Project } from '../project/project.ts';
import { projectSettings } from '../project/project-file.ts';
import { describeIngest, ingestResult } from './ingest.ts';
import type { Run } from './main.ts';

interface Options {
  latest: boolean;
  overwrite?: boolean;
  accept?: boolean;
}

export function register(program: Command, run: Run): void {
  program
    .command('adopt')
    .description('make a parquet file from elsewhere a version of a dataset, byte for byte')
    .argument('<dataset>', 'id of the dataset')
    .argument('<version>', 'the version it becomes')
    .argument('<file>', 'the parquet file')
    .option('--no-latest', 'leave the `latest` pointer where it is')
    .option('--overwrite', 'replace the version if it stands with other content')
    .option('--accept', 'publish although `checks` of the template or the project refuse what changed')
    .action(
      run(async (context, id: string, version: string, file: string, options: Options) => {
        const { projectDir } = context.settings;
        const project = await loadProject(projectDir);
        const { template, dataset, order } = await keptDataset(project, id);
        const result = await adopt(
          {
            template,
            dataset,
            version,
            file: path.resolve(file),
            latest: options.latest,
            order,
            overwrite: options.overwrite === true,
            accept: options.accept === true,
            rules: { ...projectSettings(projectDir).rules, ...rulesOf(checksOf(project, dataset)) },
          },
          context,
        );
        context.print(context.json ? JSON.stringify(ingestResult(result), null, 2) : describeIngest(result));
        return undefined;
      }),
    );
}

/** A dataset that no template makes has none. */
function checksOf(project: Project, id: DatasetId): unknown {
  const datasets = project.templates.flatMap((template) => template.definition?.datasets ?? []);
  return datasets.find((dataset) => dataset.id === id)?.checks;
}
