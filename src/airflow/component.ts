import { type ChildProcess, spawn } from 'node:child_process';
import { close, open } from 'node:fs';
import { copyFile, open as openFile, rm, stat, truncate } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { killFamilies, signalGroup } from '../processes/families.ts';
import { signalProcess } from '../processes/process-table.ts';
import type { Reporter } from '../report.ts';

const openDescriptor = promisify(open);
const closeDescriptor = promisify(close);

/** One program of the server: how it is started, and how it is asked to end. */
export interface ComponentPlan {
  name: string;
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Everything it prints is appended here. */
  logFile: string;
  stopSignal: NodeJS.Signals;
  /** How long it may take to end before it is killed. */
  stopWithinMs: number;
  uid?: number | undefined;
  gid?: number | undefined;
}

export type ComponentState = 'running' | 'waiting to start again' | 'stopped';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;
/** After running this long, the next failure counts as the first again. */
const STEADY_AFTER_MS = 60_000;
const LOG_LIMIT_BYTES = 50_000_000;
const LOG_CHECK_EVERY_MS = 10 * 60_000;

/** The last lines of a log, for a message about why a program ended. */
export async function lastLines(file: string, count: number): Promise<string[]> {
  try {
    const handle = await openFile(file, 'r');
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, 16_384);
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8').split('\n').filter(Boolean).slice(-count);
    } finally {
      await handle.close();
    }
  } catch {
    return [];
  }
}

/**
 * A child process that is kept alive: when it ends by itself it is started again, after 1 s, 2 s, 4 s … 30 s. It leads
 * a session of its own, so that Ctrl-C in the terminal reaches only us and its whole family can be found and ended.
 */
export class Component {
  readonly plan: ComponentPlan;
  readonly #reporter: Reporter;
  readonly #leaders = new Set<number>();
  readonly #onChange: () => void;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #stopping = false;
  #restart: NodeJS.Timeout | undefined;
  #logCheck: NodeJS.Timeout | undefined;
  #restartedFor: string | undefined;
  /** How often it has ended by itself since it last ran for a minute. */
  failures = 0;

  constructor(plan: ComponentPlan, reporter: Reporter, onChange: () => void) {
    this.plan = plan;
    this.#reporter = reporter;
    this.#onChange = onChange;
  }

  get state(): ComponentState {
    if (this.#child) return 'running';
    return this.#stopping || !this.#restart ? 'stopped' : 'waiting to start again';
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The leaders of all process groups that it has ever had, dead ones included: their children may outlive them. */
  get leaders(): ReadonlySet<number> {
    return this.#leaders;
  }

  async start(): Promise<void> {
    const { plan } = this;
    await this.#limitLog();
    const log = await openDescriptor(plan.logFile, 'a', 0o600);
    if (this.#stopping) return closeDescriptor(log);
    const startedAt = Date.now();
    const child = spawn(plan.command, plan.args, {
      cwd: plan.cwd,
      env: plan.env as NodeJS.ProcessEnv,
      stdio: ['ignore', log, log],
      detached: true,
      ...(plan.uid === undefined ? {} : { uid: plan.uid, gid: plan.gid }),
    });
    this.#child = child;
    if (child.pid !== undefined) this.#leaders.add(child.pid);
    this.#ended = new Promise((resolve) => {
      let cause: Error | undefined;
      child.on('error', (error) => {
        cause = error;
        if (child.pid === undefined) finish(null, null);
      });
      child.on('exit', (code, signal) => finish(code, signal));
      const finish = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#child = undefined;
        resolve();
        if (!this.#stopping) void this.#startAgain(startedAt, cause?.message ?? signal ?? `exit code ${code}`);
      };
    });
    await closeDescriptor(log);
    clearInterval(this.#logCheck);
    this.#logCheck = setInterval(() => void this.#limitLog().catch(() => {}), LOG_CHECK_EVERY_MS).unref();
    this.#onChange();
  }

  /** Keeps the newest part of the log and one older. The program goes on appending to the file, so that is emptied. */
  async #limitLog(): Promise<void> {
    const { logFile } = this.plan;
    const size = await stat(logFile).then(
      (facts) => facts.size,
      () => 0,
    );
    if (size <= LOG_LIMIT_BYTES) return;
    // On a full disk the old part is let go: room is worth more.
    await copyFile(logFile, `${logFile}.1`).catch(() => rm(`${logFile}.1`, { force: true }));
    await truncate(logFile);
  }

  /** Never rejects: whatever stands against a start, a full disk for one, may be gone at the next. */
  async #startAgain(startedAt: number, reason: string): Promise<void> {
    this.failures = Date.now() - startedAt > STEADY_AFTER_MS ? 1 : this.failures + 1;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** (this.failures - 1), LONGEST_DELAY_MS);
    const what = this.#restartedFor ? 'is started anew' : 'ended by itself; it is started again';
    this.#reporter.log('warning', `${this.plan.name} ${what}`, {
      reason: this.#restartedFor ?? reason,
      'in seconds': delay / 1000,
      log: this.plan.logFile,
    });
    this.#restartedFor = undefined;
    // Its workers would go on without it, and work twice with the next one's.
    await killFamilies(this.#leaders).catch((error: Error) =>
      this.#reporter.log('warning', `what ${this.plan.name} had started may still run`, { reason: error.message }),
    );
    if (this.#stopping) return;
    this.#restart = setTimeout(() => {
      const again = Date.now();
      this.start().catch((error: Error) => this.#startAgain(again, error.message));
    }, delay);
    this.#onChange();
  }

  /** Ends one that runs and does not work, so that it is started anew. */
  async restart(reason: string): Promise<void> {
    if (!this.#child) return;
    this.#restartedFor = reason;
    await this.#end();
  }

  /** Asks it to end, and kills it with its family when it does not in time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    clearInterval(this.#logCheck);
    await this.#end();
  }

  async #end(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    const ended = this.#ended;
    signalProcess(pid, this.plan.stopSignal);
    const timer = new AbortController();
    await Promise.race([
      ended,
      sleep(this.plan.stopWithinMs, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
    if (this.#child?.pid === pid) signalGroup(pid, 'SIGKILL');
    await ended;
  }
}
