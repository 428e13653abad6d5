import { text } from 'node:stream/consumers';
import { Argument, Command, CommanderError } from 'commander';
import type { ManifestBuild, ManifestIngest } from '../airflow/manifest.ts';
import { buildAnswer, handedOut, ingestAnswer, skipped, stageAnswer, type TaskAnswer } from '../airflow/task-answer.ts';
import { shownCommand, type TaskRun, wordsOf, workOf } from '../airflow/task-run.ts';
import { asLifecycleError, formatPlace, LifecycleError } from '../errors.ts';
import { secretsIn } from '../masking/known.ts';
import { rememberSecrets } from '../masking/output.ts';
import { maskedError } from '../masking/reporter.ts';
import type { Reporter } from '../report.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';

/** The record of a build comes with its last stage, and only what succeeds has an event. */
const STAGES_OF_TASK: Record<string, readonly string[]> = {
  plan: ['plan'],
  load: ['load'],
  build: ['build', 'package'],
};

const FIRST_TASKS = ['ingest', 'plan'];

/**
 * Runs another command in this process, as the form of the run has it, after saying in the log what a person would type
 * to do the same. Answers with what that prints as JSON, the command, and how long it took.
 */
async function runCommand(
  context: CommandContext,
  { entry, params }: TaskRun,
  command: readonly string[],
  stages: readonly string[] = [],
) {
  const start = performance.now();
  const { words, variables } = wordsOf(entry.form, params, stages);
  const env = { ...context.settings.env, ...variables };
  rememberSecrets(secretsIn(env), 'environment');
  const shown = shownCommand([...command, ...words]);
  context.reporter.log('info', shown, variables);
  let printed = '';
  const inner: CommandContext = {
    ...context,
    settings: { ...context.settings, env },
    print: (document) => {
      printed = document;
    },
  };
  const program = new Command('lifecycle').exitOverride();
  const { register } = command[0] === 'ingest' ? await import('./ingest.ts') : await import('./build.ts');
  register(
    program,
    (action) =>
      async (...args) =>
        void (await action(inner, ...args)),
  );
  await program.parseAsync([...command, ...words], { from: 'user' });
  const seconds = Math.round((performance.now() - start) / 10) / 100;
  return { command: shown, ...(JSON.parse(printed) as Record<string, unknown>), seconds };
}

async function ingest(context: CommandContext, run: TaskRun): Promise<TaskAnswer> {
  const work = workOf(run);
  if ('several' in work) return handedOut(work.several);
  const version = work.version === null ? [] : [work.version];
  const made = await runCommand(context, run, ['ingest', run.entry.id, ...version]);
  return ingestAnswer(run.entry as ManifestIngest, made);
}

async function build(context: CommandContext, run: TaskRun): Promise<TaskAnswer> {
  const work = workOf(run);
  if ('several' in work) {
    return run.task === 'plan' ? handedOut(work.several) : skipped(null, 'each of the versions has its own');
  }
  const key = work.version!;
  const stages = STAGES_OF_TASK[run.task];
  if (!stages) return skipped(key, 'nothing is packaged yet: the output of a build is its package');
  const words = ['build', run.entry.id, key, ...stages.flatMap((name) => ['--stage', name])];
  const done = await runCommand(context, run, words, stages);
  if (stages.length > 1) return buildAnswer(run.entry as ManifestBuild, key, done);
  return stageAnswer(key, done);
}

/** In the log of a task an error is one line with its code, and what to do about it another one. */
function tell(reporter: Reporter, failure: LifecycleError): void {
  const { code, message, place, hint, cause, details = {} } = maskedError(failure);
  reporter.log('error', `${code}: ${message}`, {
    ...(place ? { place: formatPlace(place) } : {}),
    ...(cause instanceof Error ? { cause: cause.message } : {}),
    // For a batch, which decides by them whether another run is worth it, and when.
    ...(typeof details.status === 'number' ? { status: details.status } : {}),
    ...(typeof details.retry_after_seconds === 'number' ? { retry_after_seconds: details.retry_after_seconds } : {}),
  });
  if (hint) reporter.log('info', `hint: ${hint}`);
}

/** @throws LifecycleError LIF_USAGE */
function parseRun(document: string): TaskRun {
  try {
    return JSON.parse(document) as TaskRun;
  } catch (cause) {
    throw new LifecycleError('LIF_USAGE', 'what came on stdin is no task of Airflow', {
      cause,
      hint: 'this is for the DAG file alone; use `lifecycle ingest` or `lifecycle build`',
    });
  }
}

async function runTask(context: CommandContext, kind: string): Promise<ExitCode | undefined> {
  try {
    const run = parseRun(await text(process.stdin));
    const answer = await (kind === 'ingest' ? ingest : build)({ ...context, json: true }, run);
    // Mapped tasks are made of what the first task hands out, which is nothing where it has made the version itself.
    const isFirst = !run.is_mapped && FIRST_TASKS.includes(run.task);
    context.print(JSON.stringify(isFirst && !Array.isArray(answer.value) ? { ...answer, value: [] } : answer));
    return undefined;
  } catch (error) {
    // By whom it was stopped, or what is wrong with the words, is told elsewhere.
    if (context.signal.aborted || error instanceof CommanderError) throw error;
    const failure = asLifecycleError(error);
    tell(context.reporter, failure);
    return failure.exitCode;
  }
}

export function register(program: Command, run: Run): void {
  program
    .command('task')
    .description(
      "what a task of Airflow's runs; what it is comes as JSON on stdin, what Airflow is told goes to stdout",
    )
    .addArgument(new Argument('<kind>', 'ingest or build').choices(['ingest', 'build']))
    .argument('<id>', 'the template or the product, for those who look at the list of processes')
    .argument('[version]', 'its version or partition key, for the same')
    .action(run(runTask));
}
