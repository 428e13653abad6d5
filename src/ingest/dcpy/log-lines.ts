import type { Level } from '../../report.ts';

/** `12:34:56 INFO:dcpy:text`, as the department's logger writes; Python's own writes the same without the time. */
const LOGGED = /^(?:[\d:.,T -]+ )?(DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]*:(.*)$/;
/** `file.py:12: UserWarning: text`, which the line of code in question follows. */
const WARNED = /^\S.*:\d+: (\w*Warning: .*)$/;
const TRACEBACK = 'Traceback (most recent call last):';
const LEVELS: Record<string, Level> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'error',
};

export interface LogLine {
  level: Level;
  text: string;
}

/** Tells the levels of the lines that a Python program writes. A traceback is for those who look for a defect. */
export class PythonLog {
  #inTraceback = false;

  /** Undefined: nothing worth telling. */
  line(line: string): LogLine | undefined {
    const logged = LOGGED.exec(line);
    if (logged) {
      this.#inTraceback = false;
      return { level: LEVELS[logged[1]!]!, text: logged[2]! };
    }
    if (line.trim() === '') return undefined;
    if (line === TRACEBACK) this.#inTraceback = true;
    if (this.#inTraceback) return { level: 'debug', text: line };
    const warned = WARNED.exec(line);
    if (warned) return { level: 'warning', text: warned[1]! };
    return { level: 'info', text: line };
  }
}
