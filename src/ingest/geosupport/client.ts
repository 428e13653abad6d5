import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { LifecycleError } from '../../errors.ts';
import { withStreams } from '../../processes/with-streams.ts';
import { escapeControls, type Reporter } from '../../report.ts';
import type { Settings } from '../../settings/settings.ts';
import { commandWords } from './command-words.ts';

const SETTING = 'LIFECYCLE_GEOSUPPORT';

/** What Geosupport says to one call, under the names that it gives its fields. */
export interface Answer {
  /** It found nothing: its return code says why. */
  rejected: boolean;
  fields: Readonly<Record<string, unknown>>;
}

/** Calls one of Geosupport's functions (`1A`, `BL`, …). */
export type Ask = (name: string, args: Readonly<Record<string, string>>) => Promise<Answer>;

export interface GeosupportContext {
  settings: Settings;
  reporter: Reporter;
  signal: AbortSignal;
  /** How long one answer may take, in milliseconds. @default 120000 */
  answerMs?: number;
}

/**
 * Starts the configured command, lets `work` ask it, and ends it. Many calls may wait at once: they are answered in
 * their order. Nothing of the command is left when this returns or throws.
 *
 * @throws LifecycleError ING_GEOSUPPORT where no command is set, or it cannot be started, dies, stays silent or gives
 * what is no answer
 */
export async function withGeosupport<T>(context: GeosupportContext, work: (ask: Ask) => Promise<T>): Promise<T> {
  const { geosupport } = context.settings;
  if (geosupport === undefined) {
    throw new LifecycleError('ING_GEOSUPPORT', 'the step asks Geosupport, and no command for it is configured', {
      hint: `set ${SETTING} to a command that answers calls of Geosupport line by line; docs/geosupport.md says how`,
    });
  }
  context.signal.throwIfAborted();
  const client = new Client(commandWords(geosupport, SETTING), context);
  try {
    return await work(client.ask);
  } finally {
    await client.close();
  }
}

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
  asked: string;
}

const ANSWER_MS = 120_000;
/** How long the command may take to end by itself, and then to heed SIGTERM, before the next stronger means. */
const FAREWELL_MS = 2_000;
const LONGEST_ANSWER = 16 * 1024 * 1024;
const STDERR_TAIL = 2_000;

class Client {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  readonly #name: string;
  readonly #answerMs: number;
  readonly #signal: AbortSignal;
  readonly #waiting: Waiting[] = [];
  #failure: unknown;
  #partial = '';
  #complaint = '';
  #timer: NodeJS.Timeout | undefined;
  #answers = 0;

  constructor([command, ...args]: [string, ...string[]], context: GeosupportContext) {
    this.#name = command;
    this.#answerMs = context.answerMs ?? ANSWER_MS;
    this.#signal = context.signal;
    this.#child = withStreams(
      spawn(command, args, {
        cwd: context.settings.projectDir,
        env: { ...context.settings.env },
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    );
    this.#closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.once('error', (cause) => this.#fail(this.#error('could not be started', cause)));
    this.#child.once('close', (code, signal) => this.#fail(this.#ended(code, signal)));
    // A broken pipe means that the command has ended, which `close` reports with its reason.
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-STDERR_TAIL);
    });
    this.#signal.addEventListener('abort', this.#abort);
  }

  readonly #abort = () => {
    this.#fail(this.#signal.reason);
    this.#child.kill('SIGTERM');
  };

  readonly ask: Ask = (name, args) =>
    new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const asked = JSON.stringify({ function: name, args });
      this.#waiting.push({ resolve, reject, asked });
      this.#child.stdin.write(`${asked}\n`);
      if (this.#waiting.length === 1) this.#restartTimer();
    });

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    clearTimeout(this.#timer);
    this.#failure ??= this.#error('was asked after the work was done');
    this.#child.stdin.end();
    // Work that failed leaves calls unanswered: nobody waits for those.
    if (this.#waiting.length > 0) this.#child.kill('SIGTERM');
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await settles(this.#closed, FAREWELL_MS)) return;
      this.#child.kill(signal);
    }
    await settles(this.#closed, FAREWELL_MS);
  }

  #take(text: string): void {
    // Only what is new is looked at: a long answer comes in hundreds of pieces.
    const lines = text.split('\n');
    lines[0] = this.#partial + lines[0]!;
    this.#partial = lines.pop()!;
    for (const line of lines) {
      if (line.trim() !== '') this.#answer(line);
      if (this.#failure !== undefined) return;
    }
    if (this.#partial.length > LONGEST_ANSWER) this.#fail(this.#error('gives an answer without an end'));
  }

  #answer(line: string): void {
    const next = this.#waiting.shift();
    const answer = parseAnswer(line);
    if (!next || !answer) {
      const what = next ? `no answer to ${shown(next.asked)}` : 'an answer to no call';
      this.#fail(this.#error(`gives ${what}: ${shown(line)}`));
      next?.reject(this.#failure);
      return;
    }
    this.#answers++;
    next.resolve(answer);
    this.#restartTimer();
  }

  #restartTimer(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => {
      const oldest = this.#waiting[0]?.asked ?? '';
      this.#fail(this.#error(`has not answered ${shown(oldest)} for ${this.#answerMs / 1000} s`));
    }, this.#answerMs);
  }

  /** The first failure counts; all that wait get it. */
  #fail(error: unknown): void {
    clearTimeout(this.#timer);
    this.#failure ??= error;
    const all = this.#waiting.splice(0);
    for (const { reject } of all) reject(this.#failure);
    if (all.length > 0) this.#child.kill('SIGTERM');
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): LifecycleError {
    const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
    const asked = this.#waiting[0]?.asked;
    const last = this.#complaint.trim().split('\n').slice(-3).join(' | ');
    return this.#error(
      `${how} after ${this.#answers} answers${asked ? `, asked ${shown(asked)}` : ''}`,
      last === '' ? undefined : new Error(last),
    );
  }

  #error(what: string, cause?: unknown): LifecycleError {
    return new LifecycleError('ING_GEOSUPPORT', `the Geosupport command ${this.#name} ${what}`, {
      cause,
      hint: `try the command of ${SETTING} by hand: a line of JSON in, a line of JSON out, as docs/geosupport.md says`,
    });
  }
}

function parseAnswer(line: string): Answer | undefined {
  try {
    const value = JSON.parse(line) as { result?: unknown; error?: unknown } | null;
    if (value === null || typeof value !== 'object') return undefined;
    const rejected = value.error !== undefined && value.error !== null;
    const fields = value.result ?? (rejected ? {} : undefined);
    if (fields === null || typeof fields !== 'object' || Array.isArray(fields)) return undefined;
    return { rejected, fields: fields as Record<string, unknown> };
  } catch {
    return undefined;
  }
}

function shown(line: string): string {
  const text = escapeControls(line);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

async function settles(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timeout = AbortSignal.timeout(ms);
  return Promise.race([promise.then(() => true), once(timeout, 'abort').then(() => false)]);
}
