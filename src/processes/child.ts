import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Masker } from '../masking/known.ts';
import { atCutOff } from './cut-off.ts';
import { OutputLines } from './output-lines.ts';
import { endProcesses, killProcesses, processesOf } from './process-tree.ts';
import { withStreams } from './with-streams.ts';

/** What a stopped command gets to clean up after itself. */
const GRACE_MS = 5_000;
/** After a command has ended, its output gets so long to arrive; then somebody else holds the pipe. */
const DRAIN_MS = 1_000;

interface ChildRequest {
  file: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment but the marker. */
  env: Readonly<Record<string, string>>;
  /** A variable that every process of the command inherits, so that each is found wherever its parents went. */
  marker: string;
  masker: Masker;
  onOutput: (piece: string, endsLine: boolean, from: 'stdout' | 'stderr') => void;
  timeoutMs: number | undefined;
  signal: AbortSignal;
}

export interface ChildResult {
  /** Null when a signal ended it or it could not be started. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  /** We were told to stop while it ran. */
  stopped: boolean;
  /** Why it could not be started. */
  startError: NodeJS.ErrnoException | undefined;
  /** Processes that outlived the command and were ended. */
  leftBehind: number;
  seconds: number;
}

/**
 * Runs a program to its end, in our own process group: whoever kills that group kills it too. Nothing that it started
 * is left running afterwards, whatever way it ended.
 */
export async function runChild(request: ChildRequest): Promise<ChildResult> {
  const start = performance.now();
  const run = randomUUID();
  const marker = `${request.marker}=${run}`;
  const child = withStreams(
    spawn(request.file, request.args, {
      cwd: request.cwd,
      env: { ...request.env, [request.marker]: run },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: false,
    }),
  );
  const root = child.pid ?? -1;
  const streams = (['stdout', 'stderr'] as const).map((from) => {
    const stream = child[from];
    const lines = new OutputLines(request.masker, (piece, endsLine) => request.onOutput(piece, endsLine, from));
    stream.on('data', (chunk: Buffer) => lines.add(chunk));
    return { stream, lines };
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = new Promise<Pick<ChildResult, 'exitCode' | 'signal' | 'startError'>>((resolve) => {
    child.once('error', (startError) => resolve({ exitCode: null, signal: null, startError }));
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal, startError: undefined }));
  });

  const forgetCutOff = atCutOff({ run: () => killProcesses(root, marker) });
  const halt = new AbortController();
  let timedOut = false;
  const stop = () => halt.abort();
  const timer = request.timeoutMs
    ? setTimeout(() => {
        timedOut = true;
        stop();
      }, request.timeoutMs)
    : undefined;
  if (request.signal.aborted) stop();
  else request.signal.addEventListener('abort', stop, { once: true });
  const halted = new Promise<'halted'>((resolve) => {
    if (halt.signal.aborted) resolve('halted');
    else halt.signal.addEventListener('abort', () => resolve('halted'), { once: true });
  });
  try {
    if ((await Promise.race([ended, halted])) === 'halted' && root > 0) await endProcesses(root, marker, GRACE_MS);
    const end = await ended;
    await settledWithin(closed, DRAIN_MS);
    const left = root > 0 ? processesOf(root, marker) : [];
    const leftBehind = left.length > 0 ? await endProcesses(root, marker, GRACE_MS) : 0;
    if (leftBehind > 0) await settledWithin(closed, DRAIN_MS);
    for (const { stream, lines } of streams) {
      stream.destroy();
      lines.end();
    }
    return {
      ...end,
      timedOut,
      stopped: request.signal.aborted && !timedOut,
      leftBehind,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    clearTimeout(timer);
    forgetCutOff();
    request.signal.removeEventListener('abort', stop);
  }
}

/** Waits for `promise` so long at most. Leaves no timer behind, which would hold back the end of the whole process. */
async function settledWithin(promise: Promise<void>, ms: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([promise, sleep(ms, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}
