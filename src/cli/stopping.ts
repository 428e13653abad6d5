import { constants } from 'node:os';
import { LifecycleError } from '../errors.ts';
import { cutOff } from '../processes/cut-off.ts';
import { armWatchdog } from '../processes/watchdog.ts';
import type { Settings } from '../settings/settings.ts';
import { VARIABLES } from '../settings/variables.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** One Ctrl-C can arrive twice, from the terminal and from npm, and a kill too, by its group and by its parent. */
const SAME_SIGNAL_MS = 500;
/** Who has waited for so much of the time wants to know what for. */
const TELL_AFTER_SHARE = 0.25;
const LOOK_FOR_PARENT_EVERY_MS = 1_000;

/**
 * What happens when the process is told to stop. The first signal asks the work to end and to clean up; when it has not
 * done so in time, because native code hears nobody, or at a second signal, the process cuts itself off. Lock and
 * staging directory go in either case, and the exit code is the same.
 */
export class Stopping {
  readonly #controller = new AbortController();
  #withinMs = VARIABLES.LIFECYCLE_STOP_WITHIN.default * 1000;
  #tell: (text: string) => void = () => {};
  #by: StopSignal | undefined;
  #at = 0;

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => this.#told(name));
  }

  /** Aborted at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first signal. */
  get by(): StopSignal | undefined {
    return this.#by;
  }

  /** Takes LIFECYCLE_STOP_WITHIN and LIFECYCLE_PARENT. @throws LifecycleError LIF_BAD_SETTING */
  configure({ value }: Settings, tell: (text: string) => void): void {
    this.#tell = tell;
    this.#withinMs = value('LIFECYCLE_STOP_WITHIN') * 1000;
    this.#endWith(value('LIFECYCLE_PARENT'));
    armWatchdog({ withinMs: this.#withinMs, sameSignalMs: SAME_SIGNAL_MS }, (name: StopSignal) => {
      this.#by ??= name;
      this.#cutOff('busy all the time since');
    });
  }

  /** For work that takes longer than most to stop, and that bounds this by itself. */
  allow(ms: number): void {
    this.#withinMs = Math.max(this.#withinMs, ms);
  }

  /**
   * Stops when the process that started us is gone, where it asked for that by naming itself. Others do not: under nohup,
   * systemd or a daemon the parent goes, and the work stays. A grandchild inherits the name, and has another parent.
   */
  #endWith(parent: number | undefined): void {
    if (parent !== process.ppid) return;
    const looking = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(looking);
      this.#tell('the process that started this one is gone; stopping');
      this.#told('SIGTERM');
    }, LOOK_FOR_PARENT_EVERY_MS).unref();
  }

  #told(name: StopSignal): void {
    if (this.#by) {
      if (performance.now() - this.#at >= SAME_SIGNAL_MS) this.#cutOff(`${name} again`);
      return;
    }
    this.#by = name;
    this.#at = performance.now();
    // Neither keeps a process that has nothing left to do; native work does keep it.
    setTimeout(() => {
      const left = Math.ceil((this.#withinMs * (1 - TELL_AFTER_SHARE)) / 1000);
      this.#tell(`${name}: stopping; what cannot be interrupted is cut off in ${left} s, or at the next signal`);
    }, this.#withinMs * TELL_AFTER_SHARE).unref();
    setTimeout(() => this.#cutOff(`not stopped after ${this.#withinMs / 1000} s`), this.#withinMs).unref();
    this.#controller.abort(new LifecycleError('LIF_STOPPED', `stopped by ${name}`));
  }

  #cutOff(why: string): never {
    this.#tell(`stopped by ${this.#by}, cut off (${why}); lock and staging are removed`);
    cutOff(128 + constants.signals[this.#by!]);
  }
}
