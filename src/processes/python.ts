import type { Masker } from '../masking/known.ts';
import type { Reporter } from '../report.ts';
import { type Environment, variablesSet } from '../settings/values.ts';
import { type ChildResult, runChild } from './child.ts';

const MARKER = 'LIFECYCLE_PYTHON_RUN';
/** How many of the last lines of its errors are kept. */
const TAIL = 20;

/**
 * The last lines of a program that has written its result. Threads of Arrow may still be alive when the interpreter takes
 * itself apart, which then aborts ("terminate called without an active exception") or hangs for ever, now and then, after
 * all the work is done (github.com/apache/arrow/issues/34314 and 50482). So what was registered for the end runs and what
 * was printed goes out, but nothing is taken apart.
 */
const END = `
import atexit, os, sys, threading
threading._shutdown()
atexit._run_exitfuncs()
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
`;

interface PythonRequest {
  /** The interpreter. */
  python: string;
  /** Its source; to get to its end is success. */
  program: string;
  args: readonly string[];
  cwd: string;
  env: Environment;
  masker: Masker;
  reporter: Reporter;
  signal: AbortSignal;
}

export interface PythonFailure extends ChildResult {
  /** The last lines that it wrote to its errors, masked; of an exception the last one says what it is. */
  complaint: readonly string[];
  /** `failed`, or by which signal it was ended. */
  how: string;
  /** What may be the reason for a signal; undefined where it tells nothing. */
  hint: string | undefined;
}

/**
 * Runs a program of ours that calls Python of a project, and logs each line that it prints. Nothing that it started runs on
 * afterwards.
 *
 * @returns undefined when it came to its end
 * @throws the reason of `signal`
 */
export async function runPython(request: PythonRequest): Promise<PythonFailure | undefined> {
  const { python, program, args, cwd, env, masker, reporter, signal } = request;
  const complaint: string[] = [];
  const result = await runChild({
    file: python,
    args: ['-c', program + END, ...args],
    cwd,
    env: { ...variablesSet(env), PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8' },
    marker: MARKER,
    masker,
    onOutput(piece, _endsLine, from) {
      const line = Buffer.from(piece, 'latin1').toString('utf8').trimEnd();
      if (line === '') return;
      reporter.log('info', line);
      if (from === 'stderr') complaint.splice(0, Math.max(0, complaint.push(line) - TAIL));
    },
    timeoutMs: undefined,
    signal,
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return undefined;
  const how = result.signal === null ? 'failed' : `was ended by ${result.signal}`;
  const hint =
    result.signal === 'SIGKILL' ? 'a process that is killed like this has mostly used up the memory' : undefined;
  return { ...result, complaint, how, hint };
}
