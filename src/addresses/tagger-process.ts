import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LifecycleError } from '../errors.ts';
import { withStreams } from '../processes/with-streams.ts';
import type { TaggerContext } from './tagger.ts';

const PROGRAM = fileURLToPath(new URL('./tag.py', import.meta.url));
/** What the process gets to end by itself. */
const FAREWELL_MS = 2_000;
const STDERR_TAIL = 2_000;

/** A process that answers JSON lines in their order. */
export interface LineProcess {
  /** The line that it begins with. */
  first(): Promise<unknown>;
  ask(question: unknown): Promise<unknown>;
  close(): Promise<void>;
}

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/** Starts the program that takes addresses apart. Nothing of it is left after `close`. */
export function startTagger(python: string, { settings, signal }: TaggerContext): LineProcess {
  const child = withStreams(
    spawn(python, [PROGRAM], {
      cwd: settings.projectDir,
      env: { ...settings.env, PYTHONIOENCODING: 'utf-8' },
      stdio: ['pipe', 'pipe', 'pipe'],
    }),
  );
  const waiting: Waiting[] = [];
  let failure: unknown;
  let partial = '';
  let complaint = '';
  const fail = (error: unknown) => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const abort = () => {
    fail(signal.reason);
    child.kill('SIGTERM');
  };
  signal.addEventListener('abort', abort);
  child.once('error', (cause) => fail(broken(python, 'could not be started', cause)));
  child.once('close', () =>
    fail(broken(python, 'ended before all addresses were taken apart', new Error(complaint.trim().split('\n').at(-1)))),
  );
  // A broken pipe means that the process has ended, which `close` reports.
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-STDERR_TAIL);
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (partial + text).split('\n');
    partial = lines.pop()!;
    for (const line of lines) {
      try {
        const answer: unknown = JSON.parse(line);
        waiting.shift()?.resolve(answer);
      } catch (cause) {
        fail(broken(python, 'gave what is no answer', cause));
      }
    }
  });
  const next = () =>
    new Promise<unknown>((resolve, reject) => {
      if (failure === undefined) waiting.push({ resolve, reject });
      else reject(failure);
    });
  const hello = next();
  hello.catch(() => {});
  return {
    first: () => hello,
    ask(question) {
      const answer = next();
      if (failure === undefined) child.stdin.write(`${JSON.stringify(question)}\n`);
      return answer;
    },
    async close() {
      signal.removeEventListener('abort', abort);
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), FAREWELL_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

function broken(python: string, what: string, cause: unknown): LifecycleError {
  return new LifecycleError('ING_PYTHON', `the process that takes addresses apart (${python}) ${what}`, {
    cause,
    hint: `try it by hand: ${python} -c 'import usaddress'; without that package addresses are taken apart by rules`,
  });
}
