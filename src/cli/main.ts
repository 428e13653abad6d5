import { constants } from 'node:os';
import { Command, CommanderError } from 'commander';
import { EXIT } from '../error-codes.ts';
import { asLifecycleError, LifecycleError } from '../errors.ts';
import { jsonReporter, type Reporter, textReporter } from '../report.ts';
import { type Settings, settingsFrom } from '../settings.ts';
import type { CommandContext, ExitCode } from './context.ts';

/** Commands by name; only the one that is asked for is loaded, since a task pays for every import. */
const COMMANDS: Record<string, () => Promise<{ register: (program: Command, run: Run) => void }>> = {
  adopt: () => import('./adopt.ts'),
  airflow: () => import('./airflow.ts'),
  build: () => import('./build.ts'),
  check: () => import('./check.ts'),
  ingest: () => import('./ingest.ts'),
  list: () => import('./list.ts'),
  plan: () => import('./plan.ts'),
  rebuild: () => import('./rebuild.ts'),
  show: () => import('./show.ts'),
  trigger: () => import('./trigger.ts'),
  why: () => import('./why.ts'),
};

const SAME_SIGNAL_MS = 1_000;

/** Wraps an action: gives it the context, keeps its exit code. */
export type Run = <A extends unknown[]>(
  action: (context: CommandContext, ...args: A) => Promise<ExitCode | undefined>,
) => (...args: A) => Promise<void>;

function makeReporter(settings: Settings): Reporter {
  const write = (text: string) => void process.stderr.write(text);
  if (settings.logFormat === 'json') return jsonReporter(write);
  return textReporter({ write, isTerminal: settings.color, color: settings.color }, settings.debug);
}

/** The first argument that is no option, skipping the values of global options. */
function commandNameIn(args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--project') i++;
    else if (!arg.startsWith('-')) return arg;
  }
  return undefined;
}

async function main(args: string[]): Promise<ExitCode> {
  const controller = new AbortController();
  let stoppedBy: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | undefined;
  let stoppedAt = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // A second signal ends at once whatever is still cleaning up; but one Ctrl-C can arrive twice, from the terminal
      // and from npm, and a kill too, by way of the process group and of the parent.
      if (stoppedBy && performance.now() - stoppedAt < SAME_SIGNAL_MS) return;
      if (stoppedBy) process.exit(128 + constants.signals[name]);
      stoppedBy = name;
      stoppedAt = performance.now();
      controller.abort(new LifecycleError('LIF_STOPPED', `stopped by ${name}`));
    });
  }

  let exitCode: ExitCode = EXIT.done;
  let context: CommandContext | undefined;
  const program = new Command('lifecycle')
    .description('Ingest templates and products: public data in, published datasets out')
    .option('--project <dir>', 'the project to work on (default: $LIFECYCLE_PROJECT, else the sample project)')
    .option('--json', 'print one JSON document on stdout')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void process.stderr.write(text) })
    .showHelpAfterError('(see `lifecycle help`)');

  const run: Run =
    (action) =>
    async (...args) => {
      const options = program.opts<{ project?: string; json?: boolean }>();
      const settings = settingsFrom(process.env, {
        project: options.project,
        cwd: process.cwd(),
        stderrIsTerminal: process.stderr.isTTY === true,
      });
      context = {
        settings,
        reporter: makeReporter(settings),
        json: options.json === true,
        signal: controller.signal,
        print: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
      };
      exitCode = (await action(context, ...args)) ?? EXIT.done;
    };

  const wanted = commandNameIn(args);
  const loaders = wanted !== undefined && wanted in COMMANDS ? [COMMANDS[wanted]!] : Object.values(COMMANDS);
  for (const load of loaders) (await load()).register(program, run);

  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (stoppedBy) {
      context?.reporter.log('warning', `stopped by ${stoppedBy}`);
      return 128 + constants.signals[stoppedBy];
    }
    const failure = asLifecycleError(error);
    const reporter =
      context?.reporter ?? makeReporter(settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false }));
    reporter.error(failure);
    if (context?.json) {
      const { code, message, hint, place, details } = failure;
      context.print(JSON.stringify({ error: { code, message, hint, place, ...details } }, null, 2));
    }
    return failure.exitCode;
  }
  return exitCode;
}

process.exitCode = await main(process.argv.slice(2));
