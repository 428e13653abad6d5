import path from 'node:path';
import type { Command } from 'commander';
import { adopt } from '../ingest/adopt.ts';
import { loadProject } from '../project/load.ts';
import { keptDataset } from '../project/recipe-inputs.ts';
import { describeIngest, ingestResult } from './ingest.ts';
import type { Run } from './main.ts';

export function register(program: Command, run: Run): void {
  program
    .command('adopt')
    .description('make a parquet file from elsewhere a version of a dataset, byte for byte')
    .argument('<dataset>', 'id of the dataset')
    .argument('<version>', 'the version it becomes')
    .argument('<file>', 'the parquet file')
    .option('--no-latest', 'leave the `latest` pointer where it is')
    .option('--overwrite', 'replace the version if it stands with other content')
    .action(
      run(
        async (
          context,
          id: string,
          version: string,
          file: string,
          options: { latest: boolean; overwrite?: boolean },
        ) => {
          const { template, dataset } = await keptDataset(await loadProject(context.settings.projectDir), id);
          const result = await adopt(
            {
              template,
              dataset,
              version,
              file: path.resolve(file),
              latest: options.latest,
              overwrite: options.overwrite === true,
            },
            context,
          );
          context.print(context.json ? JSON.stringify(ingestResult(result), null, 2) : describeIngest(result));
          return undefined;
        },
      ),
    );
}
