import path from 'node:path';
import { EXIT } from '../error-codes.ts';
import { maskerFor, secretsIn } from '../masking/known.ts';
import { runChild } from '../processes/child.ts';
import type { Reporter } from '../report.ts';
import { INSTALLATION, type Settings } from '../settings/settings.ts';
import type { BatchRun, RunParameters } from './batch-record.ts';
import type { Ending, Executor } from './executor.ts';

/** More of a result than this is none of ours. */
const MAX_DOCUMENT = 4 << 20;
const MARKER = 'LIFECYCLE_BATCH_RUN';

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

interface Answer {
  state?: string;
  error?: { code?: string; message?: string; hint?: string; status?: number; retry_after_seconds?: number };
}

function answerIn(document: string): Answer {
  try {
    return JSON.parse(document) as Answer;
  } catch {
    // It was killed, or stopped by a signal.
    return {};
  }
}

interface Surroundings {
  settings: Settings;
  reporter: Reporter;
}

/** Runs each as a process of this program, so that the end of one is not that of another. */
export function directExecutor(around: Surroundings): Executor {
  return {
    begin: () => ({}),
    canGoOn: () => false,
    carryOut: (run, _attempt, signal) => runIngest(around, run, signal),
  };
}

/** One run, to its end. Undefined: it was stopped, and has none. */
export async function runIngest(
  { settings, reporter }: Surroundings,
  run: IngestRun,
  stop: AbortSignal,
): Promise<Ending | undefined> {
  const set = Object.entries(settings.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  // It goes when this process goes, however that goes.
  const env = { ...Object.fromEntries(set), LIFECYCLE_PARENT: String(process.pid), LIFECYCLE_LOG: 'json' };
  const name = `${run.template}${run.version === null ? '' : ` ${run.version}`}`;
  const warn = (line: string) => {
    const { level, event } = answerIn(line) as { level?: string; event?: string };
    if (level === 'warning') reporter.log('warning', `${name}: ${event}`);
  };
  const printed: Buffer[] = [];
  let size = 0;
  const { exitCode, signal, stopped, startError } = await runChild({
    file: path.join(INSTALLATION, 'bin', 'lifecycle'),
    args: ['--project', settings.projectDir, '--json', ...ingestWords(run)],
    cwd: settings.projectDir,
    env: { ...env, LIFECYCLE_HOME: settings.storeDir },
    marker: MARKER,
    masker: maskerFor(secretsIn(settings.env)),
    onOutput(piece, endsLine, from) {
      const bytes = Buffer.from(endsLine ? `${piece}\n` : piece, 'latin1');
      if (from === 'stderr') return warn(bytes.toString());
      size += bytes.length;
      if (size <= MAX_DOCUMENT) printed.push(bytes);
    },
    timeoutMs: undefined,
    signal: stop,
  });
  if (startError) return { exitCode: null, message: `it could not be started: ${startError.message}` };
  const { state, error: { retry_after_seconds: retryAfterSeconds, ...error } = {} } = answerIn(
    Buffer.concat(printed).toString(),
  );
  if (exitCode === EXIT.done || exitCode === EXIT.quarantined) {
    return { exitCode, state: state === 'unchanged' ? 'unchanged' : 'made', ...error };
  }
  if (stopped) return undefined;
  const how = signal ? `it was ended by ${signal}` : `it ended with exit code ${exitCode}`;
  return { exitCode, signal, message: how, retryAfterSeconds, ...error };
}
