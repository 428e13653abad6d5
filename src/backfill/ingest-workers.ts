import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { maskerFor, secretsIn } from '../masking/known.ts';
import { atCutOff } from '../processes/cut-off.ts';
import { OutputLines } from '../processes/output-lines.ts';
import { endProcesses, killProcesses } from '../processes/process-tree.ts';
import { withStreams } from '../processes/with-streams.ts';
import { INSTALLATION, type Settings } from '../settings/settings.ts';
import { variablesSet } from '../settings/values.ts';

/** What `lifecycle ingest-worker` says of a run, on a line of its own. */
export interface WorkerAnswer {
  exit_code: number;
  /** What `lifecycle ingest --json` prints, of which this much is read here. */
  document: {
    state?: string;
    error?: { code?: string; message?: string; hint?: string; status?: number; retry_after_seconds?: number };
  };
  /** Bytes of memory that the process holds now. */
  memory: number;
  /** Whether it can carry out another run. */
  goes_on: boolean;
}

/** How a run in a worker ended: with an answer, or with the worker. */
export type WorkerEnd =
  | { answer: WorkerAnswer }
  | { exitCode: number | null; signal: NodeJS.Signals | null; startError?: Error | undefined };

type Warn = (message: string) => void;

const MARKER = 'LIFECYCLE_BATCH_RUN';
/** What a stopped worker gets to clean up. */
const GRACE_MS = 5_000;
/** What native libraries keep of run after run ends with the process. */
const MAX_RUNS = 200;
const MAX_MEMORY_BYTES = 512 << 20;

interface Worker {
  /** Not where it has died while it had nothing to do. */
  isAlive(): boolean;
  /** Carries out one run. */
  run(words: readonly string[], warn: Warn, stop: AbortSignal): Promise<WorkerEnd>;
  /** Lets it end; it has nothing to do. */
  end(): Promise<void>;
}

/** One that is none is the last word of a process that could not work; its exit tells of it. */
function lineOf(piece: string): WorkerAnswer | { warning: string } | undefined {
  try {
    return JSON.parse(Buffer.from(piece, 'latin1').toString()) as WorkerAnswer | { warning: string };
  } catch {
    return undefined;
  }
}

function startWorker(settings: Settings): Worker {
  const id = randomUUID();
  const marker = `${MARKER}=${id}`;
  const child = withStreams(
    spawn(path.join(INSTALLATION, 'bin', 'lifecycle'), ['--project', settings.projectDir, '--json', 'ingest-worker'], {
      cwd: settings.projectDir,
      env: {
        ...variablesSet(settings.env),
        // It goes when this process goes, however that goes.
        ...{ LIFECYCLE_PARENT: String(process.pid), LIFECYCLE_HOME: settings.storeDir, [MARKER]: id },
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    }),
  );
  let current: { warn: Warn; answered: (answer: WorkerAnswer) => void } | undefined;
  const lines = new OutputLines(maskerFor(secretsIn(settings.env)), (piece) => {
    const said = lineOf(piece);
    if (!said) return;
    if ('warning' in said) current?.warn(said.warning);
    else current?.answered(said);
  });
  child.stdout.on('data', (chunk: Buffer) => lines.add(chunk));
  // Its end is told by its exit.
  child.stdin.on('error', () => {});
  const ended = new Promise<Exclude<WorkerEnd, { answer: WorkerAnswer }>>((resolve) => {
    child.once('error', (startError) => resolve({ exitCode: null, signal: null, startError }));
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const root = child.pid ?? -1;
  const forgetCutOff = atCutOff({ run: () => killProcesses(root, marker) });
  void ended.then(forgetCutOff);

  return {
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async run(words, warn, stop) {
      let answer: WorkerAnswer | undefined;
      const answered = new Promise<void>((resolve) => {
        current = {
          warn,
          answered(said) {
            answer = said;
            resolve();
          },
        };
      });
      const over = new AbortController();
      const stopped = new Promise<void>((resolve) => {
        if (stop.aborted) resolve();
        else stop.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
      });
      child.stdin.write(`${JSON.stringify({ words })}\n`);
      await Promise.race([answered, ended, stopped]);
      over.abort();
      if (stop.aborted && root > 0) await endProcesses(root, marker, GRACE_MS);
      // What it started is its own to end, unless it could not.
      else if (!answer && root > 0) await endProcesses(root, marker, 0);
      if (!answer) await ended;
      current = undefined;
      return answer ? { answer } : ended;
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Processes of this program that carry out ingests one after another, since the start of a process costs more than a
 * small version. None has two runs at a time, so that the end of one is not that of another.
 */
export class IngestWorkers {
  readonly #settings: Settings;
  readonly #idle: { worker: Worker; runs: number }[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async run(words: readonly string[], warn: Warn, stop: AbortSignal): Promise<WorkerEnd> {
    let next = this.#idle.pop();
    while (next && !next.worker.isAlive()) next = this.#idle.pop();
    const { worker, runs } = next ?? { worker: startWorker(this.#settings), runs: 0 };
    const end = await worker.run(words, warn, stop);
    if (!('answer' in end) || stop.aborted) return end;
    const { goes_on, memory } = end.answer;
    if (goes_on && memory < MAX_MEMORY_BYTES && runs + 1 < MAX_RUNS) this.#idle.push({ worker, runs: runs + 1 });
    else void worker.end();
    return end;
  }

  /** Ends those that are left; nothing is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(({ worker }) => worker.end()));
  }
}
