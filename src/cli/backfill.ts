import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { AirflowClient } from '../airflow/client.ts';
import { findServer, serverOf } from '../airflow/find-server.ts';
import {
  type BatchRecord,
  createBatch,
  readableBatches,
  readBatch,
  readRuns,
  USUAL_BOUNDS,
} from '../backfill/batch-record.ts';
import { directExecutor } from '../backfill/direct.ts';
import type { Executor } from '../backfill/executor.ts';
import { dependenciesWithin, type PlannedRun, planRows, planSelection } from '../backfill/plan.ts';
import { runBatch } from '../backfill/run-batch.ts';
import { readRunsCsv } from '../backfill/runs-csv.ts';
import { airflowExecutor } from '../backfill/through-airflow.ts';
import { plural } from '../counts.ts';
import { asLifecycleError, LifecycleError } from '../errors.ts';
import { parseVersion } from '../ids.ts';
import { requireProject } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import type { Project } from '../project/project.ts';
import { type StoreLayout, storeLayout } from '../store/layout.ts';
import { exitCodeOf, listLines, planLines, runRows, showLines, skippedOf, summaryLines } from './backfill-tables.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';

interface Through {
  direct?: boolean;
  airflow?: boolean;
}

interface Options extends Through {
  ingest: string[];
  tag: string[];
  product: string[];
  versions?: string[];
  missing?: boolean;
  remote?: boolean;
  failed?: boolean;
  csv?: string;
  mode?: string;
  overwrite?: boolean;
  accept?: boolean;
  latest: boolean;
  atOnce: number;
  perHost: number;
  retries: number;
  retryWait: number;
  yes?: boolean;
}

/** Each is a process of this machine, or a run that Airflow is asked about. */
const MAX_AT_ONCE = 200;
/** Stopping a batch stops its runs first, each within its own time. */
const STOP_WITHIN_MS = 15_000;

const repeated = (value: string, all: string[]) => [...all, value];

function whole(flag: string, least: number, most = 10_000): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && text.trim() !== '' && value >= least && value <= most) return value;
    throw new LifecycleError(
      'LIF_USAGE',
      `${flag} wants a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`,
    );
  };
}

function throughOptions(command: Command): Command {
  return command
    .addOption(new Option('--direct', 'run them here, although an Airflow server runs').conflicts('airflow'))
    .addOption(new Option('--airflow', 'run them through Airflow, or not at all'));
}

export function register(program: Command, run: Run): void {
  const backfill = program
    .command('backfill')
    .description('make many versions: first a plan to look at, then a batch that can be killed and goes on')
    .option('--ingest <pattern>', 'templates by id, with * and ? (repeatable)', repeated, [])
    .option('--tag <tag>', 'templates that have this tag in Airflow (repeatable)', repeated, [])
    .option('--product <id>', 'templates that make the inputs of a product (repeatable)', repeated, [])
    .option('--versions <a,b>', 'these versions', (text) => text.split(',').map((each) => each.trim()))
    .option('--missing', 'those that should exist and do not')
    .option('--remote', 'with --missing: also ask the sources which there should be')
    .option('--failed', 'those that failed in their last batch')
    .option('--csv <file>', 'a run a row: columns template, version, and parameters of its own')
    .option('--mode <mode>', 'also run the steps of this mode')
    .option('--overwrite', 'also make versions that stand, and replace them')
    .option('--accept', 'publish although checks refuse what changed')
    .option('--no-latest', 'leave the `latest` pointers where they are')
    .option('--at-once <n>', 'runs at a time', whole('--at-once', 1, MAX_AT_ONCE), USUAL_BOUNDS.at_once)
    .option(
      '--per-host <n>',
      'runs at a time that ask one host',
      whole('--per-host', 1, MAX_AT_ONCE),
      USUAL_BOUNDS.per_host,
    )
    .option(
      '--retries <n>',
      'how often a run is tried again after a passing trouble',
      whole('--retries', 0),
      USUAL_BOUNDS.retries,
    )
    .option(
      '--retry-wait <seconds>',
      'before the first of these; then twice as long',
      whole('--retry-wait', 0),
      USUAL_BOUNDS.retry_wait,
    )
    .option('--yes', 'run the plan without a question');
  throughOptions(backfill).action(run(start));
  throughOptions(
    backfill
      .command('resume')
      .description('go on with a batch that was stopped or killed')
      .argument('<id>', 'the batch')
      .option('--failed', 'also run again what failed'),
  ).action(run(resume));
  backfill.command('list').description('the batches so far, the newest first').action(run(list));
  backfill
    .command('show')
    .description('how far each run of a batch has come')
    .argument('<id>', 'the batch')
    .action(run(show));
}

async function plannedRuns(
  context: CommandContext,
  project: Project,
  layout: StoreLayout,
  options: Options,
): Promise<PlannedRun[]> {
  const { settings, reporter, signal } = context;
  const selected = options.ingest.length + options.tag.length + options.product.length;
  const ways = [options.versions, options.missing, options.failed].filter((way) => way !== undefined).length;
  if (options.csv !== undefined) {
    const own = options.mode ?? options.overwrite ?? options.accept;
    if (selected + ways > 0 || own !== undefined || !options.latest) {
      throw new LifecycleError('LIF_USAGE', 'with --csv the file says what is run, and how', {
        hint: 'leave the other options out; mode, overwrite, accept and latest are columns',
      });
    }
    const file = path.resolve(context.cwd, options.csv);
    return planRows(project, layout, await readRunsCsv(file), file);
  }
  if (ways !== 1 || (options.remote && !options.missing)) {
    throw new LifecycleError('LIF_USAGE', 'say which versions: one of --versions, --missing and --failed', {
      hint: 'as in: lifecycle backfill --ingest "dcp_*" --missing; --remote goes with --missing',
    });
  }
  const { mode, overwrite, accept, latest } = options;
  const given = { mode, overwrite, accept, latest: latest ? undefined : false };
  const parameters = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return planSelection({ settings, reporter, signal }, project, layout, {
    // Of all that is missing or failed, unless somebody says of what.
    ingest: selected === 0 && options.versions === undefined ? ['*'] : options.ingest,
    tags: options.tag,
    products: options.product,
    versions: options.versions?.map(parseVersion) ?? (options.missing ? 'missing' : 'failed'),
    remote: options.remote === true,
    parameters,
  });
}

async function start(context: CommandContext, options: Options): Promise<ExitCode | undefined> {
  const layout = storeLayout(context.settings.storeDir);
  if (options.versions && options.ingest.length + options.tag.length + options.product.length === 0 && !options.csv) {
    throw new LifecycleError('LIF_USAGE', 'say of which templates: --ingest, --tag or --product');
  }
  const project = await loadProject(context.settings.projectDir);
  requireProject(project);
  const plan = await plannedRuns(context, project, layout, options);
  const runs = plan.flatMap(({ skipped, ...run }) => (skipped === null ? [run] : []));
  const after = dependenciesWithin(project, plan);
  const isGo = options.yes === true && runs.length > 0;
  if (!context.json) context.print(planLines(plan).join('\n'));
  else if (!isGo) context.print(JSON.stringify({ plan: runRows(plan), batch: null }, null, 2));
  if (runs.length === 0) return undefined;
  if (!options.yes && !(await confirmed(context, runs.length))) {
    context.reporter.log('info', 'nothing was run; --yes runs it');
    return undefined;
  }
  const executor = await executorFor(
    context,
    options,
    runs.some(({ parameters }) => parameters.file !== undefined),
  );
  const { atOnce, perHost, retries, retryWait } = options;
  const batch = await createBatch(layout, {
    at_once: atOnce,
    per_host: perHost,
    retries,
    retry_wait: retryWait,
    ...(Object.keys(after).length > 0 ? { after } : {}),
    runs,
    skipped: skippedOf(plan),
  });
  return carryOut(context, layout, batch, executor, false);
}

async function confirmed(context: CommandContext, runs: number): Promise<boolean> {
  if (context.json || !context.isTerminal || process.stdin.isTTY !== true) return false;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`Run ${plural(runs, 'version')}? [y/N] `, { signal: context.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}

async function executorFor(context: CommandContext, through: Through, hasFiles: boolean): Promise<Executor> {
  const { settings, reporter } = context;
  if (hasFiles && through.airflow) {
    throw new LifecycleError('LIF_USAGE', 'a raw file of its own is not for runs through Airflow', {
      hint: 'leave --airflow out',
    });
  }
  const isHere = through.direct || (hasFiles && !through.airflow);
  const server = isHere ? undefined : through.airflow ? await findServer(settings) : await serverOf(settings);
  if (!server) return directExecutor({ settings, reporter });
  reporter.log('info', `the runs are runs of Airflow at ${server.url}`);
  return airflowExecutor(new AirflowClient(server), reporter);
}

async function resume(context: CommandContext, id: string, _own: unknown, command: Command): Promise<ExitCode> {
  // Those that `backfill` has too are its own to commander, wherever they stand.
  const options = command.optsWithGlobals<Through & { failed?: boolean }>();
  const layout = storeLayout(context.settings.storeDir);
  const batch = await readBatch(layout, id);
  const hasFiles = batch.runs.some(({ parameters }) => parameters.file !== undefined);
  const executor = await executorFor(context, options, hasFiles);
  return carryOut(context, layout, batch, executor, options.failed === true);
}

async function carryOut(
  context: CommandContext,
  layout: StoreLayout,
  batch: BatchRecord,
  executor: Executor,
  retryFailed: boolean,
): Promise<ExitCode> {
  const { settings, reporter, signal } = context;
  context.stopWithin(STOP_WITHIN_MS);
  reporter.log('info', `batch ${batch.id}: ${plural(batch.runs.length, 'version')}`);
  try {
    const forPrograms = settings.logFormat === 'json';
    const around = { layout, projectDir: settings.projectDir, executor, reporter, signal, retryFailed, forPrograms };
    const records = await runBatch(batch, around);
    const { skipped = [] } = batch;
    context.print(
      context.json
        ? JSON.stringify({ batch: batch.id, runs: showRows(batch, records), skipped }, null, 2)
        : summaryLines(batch, records).join('\n'),
    );
    return exitCodeOf(batch, records);
  } catch (error) {
    const { code } = asLifecycleError(error);
    if (code === 'STO_BUSY') reporter.log('info', `see how far it has come: lifecycle backfill show ${batch.id}`);
    else {
      if (signal.aborted && executor.whenStopped) reporter.log('info', executor.whenStopped);
      reporter.log('info', `go on with: lifecycle backfill resume ${batch.id}`);
    }
    throw error;
  }
}

function showRows(batch: BatchRecord, records: Awaited<ReturnType<typeof readRuns>>) {
  return records.map(({ number, state, same_as, attempts }) => {
    return { number, ...batch.runs[number - 1]!, state, same_as, attempts };
  });
}

async function list(context: CommandContext): Promise<undefined> {
  const layout = storeLayout(context.settings.storeDir);
  const found = await readableBatches(layout, context.reporter);
  context.print(context.json ? JSON.stringify(listLines(found).documents, null, 2) : listLines(found).text.join('\n'));
  return undefined;
}

async function show(context: CommandContext, id: string): Promise<undefined> {
  const layout = storeLayout(context.settings.storeDir);
  const batch = await readBatch(layout, id);
  const records = await readRuns(layout, batch);
  context.print(
    context.json
      ? JSON.stringify({ ...batch, runs: showRows(batch, records) }, null, 2)
      : showLines(batch, records).join('\n'),
  );
  return undefined;
}
