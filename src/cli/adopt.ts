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
import type { Run } from './program.ts';

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
    .option('--accept', 'publish although `checks` of the template or the project refuse it, and without quarantine')
    .action(
      run(async (context, id: string, version: string, file: string, options: Options) => {
        const { projectDir } = context.settings;
        const project = await loadProject(projectDir);
        const { template, dataset, order } = await keptDataset(project, id);
        const ofProject = projectSettings(projectDir);
        const made = makerOf(project, dataset);
        const result = await adopt(
          {
            template,
            dataset,
            version,
            file: path.resolve(context.cwd, file),
            latest: options.latest,
            order,
            overwrite: options.overwrite === true,
            accept: options.accept === true,
            rules: { ...ofProject.rules, ...rulesOf(made?.dataset.checks) },
            asked: made && { ...made, ofProject: ofProject.checks },
          },
          context,
        );
        context.print(context.json ? JSON.stringify(ingestResult(result), null, 2) : describeIngest(result));
        return undefined;
      }),
    );
}

/** The template that makes a dataset; there may be none. */
function makerOf(project: Project, id: DatasetId) {
  for (const template of project.templates) {
    const dataset = template.definition?.datasets.find((each) => each.id === id);
    if (dataset) return { template, dataset };
  }
  return undefined;
}
