import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { EXIT } from '../error-codes.ts';
import { asLifecycleError } from '../errors.ts';
import { secretsIn } from '../masking/known.ts';
import { maskOutput, maskOutputData, rememberSecrets } from '../masking/output.ts';
import { maskedError, maskingReporter } from '../masking/reporter.ts';
import { jsonReporter, type Reporter, textReporter } from '../report.ts';
import { programVersion, type Settings, settingsFrom } from '../settings/settings.ts';
import { strangers } from '../settings/survey.ts';
import { checkOwn, type Environment } from '../settings/values.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Stopping } from './stopping.ts';

/** Commands by name; only the one that is asked for is loaded, since a task pays for every import. */
const COMMANDS: Record<string, () => Promise<{ register: (program: Command, run: Run) => void }>> = {
  adopt: () => import('./adopt.ts'),
  airflow: () => import('./airflow.ts'),
  backfill: () => import('./backfill.ts'),
  build: () => import('./build.ts'),
  catalog: () => import('./catalog.ts'),
  check: () => import('./check.ts'),
  'compare-runners': () => import('./compare-runners.ts'),
  contract: () => import('./contract.ts'),
  diff: () => import('./diff.ts'),
  export: () => import('./export.ts'),
  ingest: () => import('./ingest.ts'),
  'ingest-worker': () => import('./ingest-worker.ts'),
  latest: () => import('./latest.ts'),
  list: () => import('./list.ts'),
  plan: () => import('./plan.ts'),
  profile: () => import('./profile.ts'),
  rebuild: () => import('./rebuild.ts'),
  release: () => import('./release.ts'),
  remove: () => import('./remove.ts'),
  report: () => import('./report.ts'),
  serve: () => import('./serve.ts'),
  settings: () => import('./settings.ts'),
  show: () => import('./show.ts'),
  sql: () => import('./sql.ts'),
  'suggest-checks': () => import('./suggest-checks.ts'),
  task: () => import('./task.ts'),
  trigger: () => import('./trigger.ts'),
  unlock: () => import('./unlock.ts'),
  versions: () => import('./versions.ts'),
  why: () => import('./why.ts'),
};

type Output = Writable & { isTTY?: boolean; columns?: number };

/** Where a command line is typed, who reads what it says, and how it is told to stop. */
export interface Surroundings {
  env: Environment;
  cwd: string;
  stdout: Output;
  stderr: Output;
  stopping: Pick<Stopping, 'signal' | 'by' | 'configure' | 'allow'>;
}

/** Wraps an action: gives it the context, keeps its exit code. */
export type Run = <A extends unknown[]>(
  action: (context: CommandContext, ...args: A) => Promise<ExitCode | undefined>,
) => (...args: A) => Promise<void>;

function makeReporter(settings: Settings, stderr: Writable): Reporter {
  const write = (text: string) => void stderr.write(text);
  rememberSecrets(secretsIn(settings.env), 'environment');
  if (settings.logFormat === 'json') return maskingReporter(jsonReporter(write));
  return maskingReporter(textReporter({ write, isTerminal: settings.color, color: settings.color }, settings.debug));
}

/** A result as it may be shown; in a document only texts are masked, so that it stays one. */
function shown(text: string, json: boolean): string {
  const masked = json ? JSON.stringify(maskOutputData(JSON.parse(text) as unknown), null, 2) : maskOutput(text);
  return masked.endsWith('\n') ? masked : `${masked}\n`;
}

/** A project that the person neither named on this command line nor stands in is not to be a surprise. */
function tellProject({ projectDir, projectBy, logFormat }: Settings, cwd: string, reporter: Reporter): void {
  if (projectBy === 'option' || projectDir === cwd || logFormat === 'json') return;
  const why = { environment: ' (from LIFECYCLE_PROJECT)', folder: '', sample: ' (the sample; this folder is in none)' };
  reporter.log('info', `project: ${projectDir}${why[projectBy]}`);
}

/** A variable that begins as ours do and is misspelt has no effect, in silence. */
function warnOfStrangers({ env }: Settings, reporter: Reporter): void {
  for (const { name, nearest } of strangers(env)) {
    if (nearest !== null) reporter.log('warning', `${name} is no setting; did you mean ${nearest}?`);
  }
}

/** Columns of help where nobody knows how many there are. */
const WIDTH = 80;
const widthOf = ({ isTTY, columns = WIDTH }: Output) => (isTTY ? columns : WIDTH);

/** The first argument that is no option, skipping the values of global options. */
function commandNameIn(args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--project') i++;
    else if (!arg.startsWith('-')) return arg;
  }
  return undefined;
}

/** Does what a command line says, and gives the exit code. */
export async function answer(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { env, cwd, stdout, stderr, stopping } = surroundings;
  let exitCode: ExitCode = EXIT.done;
  let context: CommandContext | undefined;
  const program = new Command('lifecycle')
    .description('Ingest templates and products: public data in, published datasets out')
    .option(
      '--project <dir>',
      'the project to work on (default: $LIFECYCLE_PROJECT, else the one that the current folder is in, else the sample)',
    )
    .option('--json', 'print one JSON document on stdout')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(maskOutput(text)),
      getOutHelpWidth: () => widthOf(stdout),
      getErrHelpWidth: () => widthOf(stderr),
    })
    .showHelpAfterError('(see `lifecycle help`)');

  const run: Run =
    (action) =>
    async (...args) => {
      const options = program.opts<{ project?: string; json?: boolean }>();
      const settings = settingsFrom(env, { project: options.project, cwd, stderrIsTerminal: stderr.isTTY === true });
      context = {
        settings,
        cwd,
        stdout,
        reporter: makeReporter(settings, stderr),
        json: options.json === true,
        isTerminal: stdout.isTTY === true,
        signal: stopping.signal,
        stopWithin: (ms) => stopping.allow(ms),
        print: (text) => void stdout.write(shown(text, options.json === true)),
      };
      // This one shows what is wrong.
      if (wanted !== 'settings') {
        checkOwn(settings.env);
        stopping.configure(settings, (text) => context?.reporter.log('warning', text));
      }
      warnOfStrangers(settings, context.reporter);
      tellProject(settings, cwd, context.reporter);
      exitCode = (await action(context, ...args)) ?? EXIT.done;
    };

  const wanted = commandNameIn(args);
  const loaders = wanted !== undefined && wanted in COMMANDS ? [COMMANDS[wanted]!] : Object.values(COMMANDS);
  for (const load of loaders) (await load()).register(program, run);
  // An option of the program is taken from behind a command too, and `build` has its own --version.
  if (loaders.length > 1) program.version(programVersion(), '--version', 'print the version of this program');

  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (stopping.by) {
      context?.reporter.log('warning', `stopped by ${stopping.by}`);
      return 128 + constants.signals[stopping.by];
    }
    const failure = asLifecycleError(error);
    const reporter = context?.reporter ?? makeReporter(settingsFrom(env, { cwd, stderrIsTerminal: false }), stderr);
    reporter.error(failure);
    if (context?.json) {
      const { code, message, hint, place, details } = maskedError(failure);
      context.print(JSON.stringify({ error: { code, message, hint, place, ...details } }, null, 2));
    }
    return failure.exitCode;
  }
  return exitCode;
}
