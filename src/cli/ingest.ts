import path from 'node:path';
import { type Command, Option } from 'commander';
import { ingest } from '../ingest/ingest.ts';
import { findTemplate, type SoundTemplate, sound } from '../project/find.ts';
import { loadTemplate } from '../project/load-template.ts';
import { RUNNERS, type Runner } from '../project/runner.ts';
import { formatBytes } from '../report.ts';
import { datasetFacts, fileOf } from '../store/ingest-record.ts';
import type { PublishResult } from '../store/publish-version.ts';
import type { Run } from './program.ts';
import { reportOn } from './report-on.ts';

interface Options {
  file?: string;
  mode?: string;
  dataset?: string[];
  latest: boolean;
  overwrite?: boolean;
  accept?: boolean;
  csv?: boolean;
  report?: boolean;
  runner?: Runner;
}

export function register(program: Command, run: Run): void {
  program
    .command('ingest')
    .description('bring one version of a template from its source into the store')
    .argument('<template>', 'id of the template')
    .argument('[version]', 'the version; without it the source is asked, or today is taken')
    .option('--file <raw>', 'a raw file to read in place of the source')
    .option('--mode <mode>', 'also run the steps of this mode')
    .option(
      '--dataset <id>',
      'only this dataset of a template of several (repeatable)',
      (id: string, all: string[] = []) => [...all, id],
    )
    .option('--no-latest', 'leave the `latest` pointer where it is')
    .option('--overwrite', 'replace the version if it stands with other content')
    .option('--accept', 'publish although `checks` of the template or the project refuse it, and without quarantine')
    .option('--csv', 'also write a CSV beside each parquet file')
    .option('--report', 'also write a page about the version (see `lifecycle report`)')
    .addOption(
      new Option('--runner <runner>', "what makes it: this program, or the department's own engine").choices(RUNNERS),
    )
    .action(
      run(async (context, template: string, version: string | undefined, options: Options) => {
        const result = await ingest(
          await templateOf(context.settings.projectDir, template),
          {
            version,
            file: options.file === undefined ? undefined : path.resolve(context.cwd, options.file),
            mode: options.mode,
            datasets: options.dataset,
            latest: options.latest,
            overwrite: options.overwrite,
            accept: options.accept,
            csv: options.csv,
            runner: options.runner,
          },
          context,
        );
        const report = options.report
          ? await reportOn(context, `${result.record.template}@${result.record.version}`)
          : {};
        context.print(
          context.json
            ? JSON.stringify({ ...ingestResult(result), ...report }, null, 2)
            : [describeIngest(result), ...Object.values(report)].join('\n'),
        );
        return undefined;
      }),
    );
}

/** What `--json` prints and what Airflow puts on the asset event. */
export function ingestResult({ state, dir, record, latest }: PublishResult): Record<string, unknown> {
  return {
    template: record.template,
    version: record.version,
    state: state === 'unchanged' ? 'unchanged' : 'published',
    path: dir,
    latest: latest?.to,
    latest_before: latest?.from,
    datasets: datasetFacts(dir, record),
    timings: record.timings,
  };
}

const WORDS = { published: 'published', replaced: 'replaced', unchanged: 'unchanged, verified' };

export function describeIngest({ state, dir, record }: PublishResult): string {
  const lines = record.datasets.map((dataset) => {
    const { bytes = 0 } = fileOf(record, dataset.path) ?? {};
    const crs = dataset.crs ? `, ${dataset.crs}` : '';
    const count = dataset.warnings?.length ?? 0;
    const warned = count === 0 ? '' : `, ${count} warning${count === 1 ? '' : 's'}`;
    return `${dataset.id}@${record.version}: ${WORDS[state]}, ${dataset.rows.toLocaleString('en-US')} rows, ${dataset.columns.length} columns${crs}, ${formatBytes(bytes)}${warned}`;
  });
  return [...lines, dir].join('\n');
}

/** Reads no other template, unless this one does not exist and a suggestion is needed. */
export async function templateOf(projectDir: string, id: string): Promise<SoundTemplate> {
  const template = await loadTemplate(projectDir, id);
  if (template) return sound(template);
  const { loadProject } = await import('../project/load.ts');
  return findTemplate(await loadProject(projectDir), id);
}
