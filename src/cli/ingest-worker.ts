import { createInterface } from 'node:readline';
import { Command } from 'commander';
import type { WorkerAnswer } from '../backfill/ingest-workers.ts';
import { asLifecycleError } from '../errors.ts';
import { maskOutputData } from '../masking/output.ts';
import { maskedError } from '../masking/reporter.ts';
import { isWatched } from '../processes/watchdog.ts';
import type { Reporter } from '../report.ts';
import type { CommandContext } from './context.ts';
import { register as registerIngest } from './ingest.ts';
import type { Run } from './program.ts';

export function register(program: Command, run: Run): void {
  program
    .command('ingest-worker', { hidden: true })
    .description('what a batch runs: one ingest after another, each a line of JSON on stdin, its end a line on stdout')
    .action(run(work));
}

type Say = (line: WorkerAnswer | { warning: string }) => void;

async function work(context: CommandContext): Promise<undefined> {
  const say: Say = (line) => void context.stdout.write(`${JSON.stringify(maskOutputData(line))}\n`);
  const lines = createInterface({ input: process.stdin, signal: context.signal });
  for await (const line of lines) {
    const { words } = JSON.parse(line) as { words: string[] };
    process.title = ['lifecycle', ...words].join(' ');
    const answer = await answerOf(context, words, say);
    say(answer);
    if (!answer.goes_on) break;
  }
  lines.close();
  context.signal.throwIfAborted();
}

/** @throws what stopped it, which is no end of the run */
async function answerOf(context: CommandContext, words: readonly string[], say: Say): Promise<WorkerAnswer> {
  let printed = '{}';
  // In the same stream as the answer, so that nobody takes it for one of the next run's.
  const reporter: Reporter = {
    ...context.reporter,
    log: (level, message) => {
      if (level === 'warning') say({ warning: message });
    },
    progress() {},
    step: (_name, work) => work(),
  };
  const print = (document: string) => {
    printed = document;
  };
  const inner: CommandContext = { ...context, reporter, json: true, print };
  const program = new Command('lifecycle').exitOverride().configureOutput({ writeErr() {} });
  registerIngest(
    program,
    (action) =>
      async (...args) =>
        void (await action(inner, ...args)),
  );
  let [exitCode, document]: [number, WorkerAnswer['document']] = [0, {}];
  try {
    await program.parseAsync(words, { from: 'user' });
    document = JSON.parse(printed) as WorkerAnswer['document'];
  } catch (error) {
    context.signal.throwIfAborted();
    const failure = asLifecycleError(error);
    const { code, message, hint, place, details } = maskedError(failure);
    exitCode = failure.exitCode;
    document = {
      error: { ...details, code, message, ...(hint === undefined ? {} : { hint }), ...(place ? { place } : {}) },
    };
  }
  // A watchdog knows the lock and the staging of the run that it was started for, and of no other.
  return { exit_code: exitCode, document, memory: process.memoryUsage.rss(), goes_on: !isWatched() };
}
