import { EXIT } from '../error-codes.ts';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import type { BatchRun, RunParameters } from './batch-record.ts';
import type { Ending, Executor } from './executor.ts';
import { IngestWorkers } from './ingest-workers.ts';

/** A run of `lifecycle ingest`; without a version the source tells one. */
type IngestRun = Pick<BatchRun, 'template' | 'parameters'> & { version: string | null };

/** The words that tell `lifecycle ingest` what a run is. */
export function ingestWords({ template, version, parameters }: IngestRun): string[] {
  const { mode, file, datasets = [], latest, overwrite, accept, csv, runner }: RunParameters = parameters;
  return [
    ...['ingest', template, ...(version === null ? [] : [version])],
    ...(file === undefined ? [] : ['--file', file]),
    ...(mode === undefined ? [] : [`--mode=${mode}`]),
    ...datasets.map((dataset) => `--dataset=${dataset}`),
    ...(latest === false ? ['--no-latest'] : []),
    ...(overwrite ? ['--overwrite'] : []),
    ...(accept ? ['--accept'] : []),
    ...(csv ? ['--csv'] : []),
    ...(runner === undefined ? [] : ['--runner', runner]),
  ];
}

interface Surroundings {
  settings: Settings;
  reporter: Reporter;
}

/** Runs them in processes of this program, one at a time in each, so that the end of one is not that of another. */
export function directExecutor({ settings, reporter }: Surroundings): Executor {
  const workers = new IngestWorkers(settings);
  return {
    begin: () => ({}),
    canGoOn: () => false,
    carryOut: (run, _attempt, signal) => carryOut(workers, reporter, run, signal),
    close: () => workers.close(),
  };
}

/** One run, to its end. Undefined: it was stopped, and has none. */
export async function runIngest({ settings, reporter }: Surroundings, run: IngestRun, stop: AbortSignal) {
  const workers = new IngestWorkers(settings);
  try {
    return await carryOut(workers, reporter, run, stop);
  } finally {
    await workers.close();
  }
}

async function carryOut(
  workers: IngestWorkers,
  reporter: Reporter,
  run: IngestRun,
  stop: AbortSignal,
): Promise<Ending | undefined> {
  const name = `${run.template}${run.version === null ? '' : ` ${run.version}`}`;
  const warn = (message: string) => reporter.log('warning', `${name}: ${message}`);
  const end = await workers.run(ingestWords(run), warn, stop);
  if ('answer' in end) {
    const { exit_code: exitCode, document } = end.answer;
    const { state, error: { retry_after_seconds: retryAfterSeconds, ...error } = {} } = document;
    const isMade = exitCode === EXIT.done || exitCode === EXIT.quarantined;
    return {
      exitCode,
      ...(isMade ? { state: state === 'unchanged' ? ('unchanged' as const) : ('made' as const) } : {}),
      message: isMade ? undefined : `it ended with exit code ${exitCode}`,
      retryAfterSeconds,
      ...error,
    };
  }
  const { exitCode, signal, startError } = end;
  if (startError) return { exitCode: null, message: `it could not be started: ${startError.message}` };
  if (stop.aborted) return undefined;
  const how = signal ? `it was ended by ${signal}` : `its process ended with exit code ${exitCode}`;
  return { exitCode, signal, message: how };
}
