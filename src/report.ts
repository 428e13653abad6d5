import type { LifecycleError } from './errors.ts';
import { formatPlace } from './errors.ts';

export type Level = 'debug' | 'info' | 'warning' | 'error';
export type Facts = Record<string, string | number | boolean | null | undefined>;

/** Where a command tells what it does while it does it. Everything goes to stderr; results go to stdout elsewhere. */
export interface Reporter {
  log(level: Level, message: string, facts?: Facts): void;
  /** How far a long piece of work has come; `total` is absent when nobody knows it. */
  progress(
    label: string,
    done: number,
    total?: number,
    unit?: 'bytes' | 'rows' | 'files' | 'columns' | 'versions',
  ): void;
  /** Runs `work` and tells its name and time when it is done. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  error(error: LifecycleError): void;
}

interface Terminal {
  write(text: string): void;
  isTerminal: boolean;
  color: boolean;
}

const PROGRESS_INTERVAL_MS = { bar: 100, lines: 5_000 };
/** C0 and C1 controls but tab; what a source or a child printed must not drive the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;

/** Makes control characters visible (`\x1b`), so that foreign text can be shown safely. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (c) => (c === '\n' ? '\n' : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`));
}

export function formatSeconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = -1;
  do {
    value /= 1000;
    unit++;
  } while (value >= 1000 && unit < units.length - 1);
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

function timed<T>(work: () => Promise<T>, done: (ms: number) => void): Promise<T> {
  const start = performance.now();
  return work().then((value) => {
    done(performance.now() - start);
    return value;
  });
}

/** For people: one fact a line, value after a colon; a bar that overwrites itself on a terminal. */
export function textReporter(terminal: Terminal, verbose: boolean): Reporter {
  const paint = (code: number, text: string) => (terminal.color ? `\u001b[${code}m${text}\u001b[0m` : text);
  let barShown = false;
  // A bar may show at once; lines are for work that takes longer than the time between two of them.
  let lastProgress = terminal.isTerminal ? Number.NEGATIVE_INFINITY : performance.now();
  let hasProgress = false;
  const line = (text: string) => {
    if (barShown) terminal.write('\r\u001b[2K');
    barShown = false;
    terminal.write(`${escapeControls(text)}\n`);
  };
  const rawLine = (text: string) => {
    if (barShown) terminal.write('\r\u001b[2K');
    barShown = false;
    terminal.write(`${text}\n`);
  };
  return {
    log(level, message, facts = {}) {
      if (level === 'debug' && !verbose) return;
      const tail = Object.entries(facts)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => `${key}: ${value}`)
        .join(', ');
      const text = escapeControls(tail === '' ? message : `${message} (${tail})`);
      if (level === 'warning') rawLine(`${paint(33, 'warning:')} ${text}`);
      else if (level === 'error') rawLine(`${paint(31, 'error:')} ${text}`);
      else line(text);
    },
    progress(label, done, total, unit = 'bytes') {
      const now = performance.now();
      const finished = total !== undefined && done >= total;
      // A line has taken the place of a bar, which comes again at once.
      const intervalMs = terminal.isTerminal ? (barShown ? PROGRESS_INTERVAL_MS.bar : 0) : PROGRESS_INTERVAL_MS.lines;
      if (!finished && now - lastProgress < intervalMs) return;
      if (finished && !hasProgress) return;
      hasProgress = true;
      lastProgress = now;
      const amount = (n: number) => (unit === 'bytes' ? formatBytes(n) : n.toLocaleString('en-US'));
      const units = unit === 'bytes' ? '' : ` ${unit}`;
      const share = total ? ` ${Math.min(100, Math.floor((100 * done) / total))}%` : '';
      const text = `${escapeControls(label)}:${share} ${amount(done)}${total === undefined ? '' : ` of ${amount(total)}`}${units}`;
      if (!terminal.isTerminal) return line(text);
      const width = 24;
      const filled = total ? Math.min(width, Math.round((width * done) / total)) : 0;
      const bar = total ? ` [${'#'.repeat(filled)}${'.'.repeat(width - filled)}]` : '';
      terminal.write(`\r\u001b[2K${text}${bar}`);
      barShown = true;
      if (finished) rawLine('');
    },
    step: (name, work) => timed(work, (ms) => line(`${name}: ${formatSeconds(ms)}`)),
    error(error) {
      const place = error.place ? ` ${formatPlace(error.place)}:` : '';
      rawLine(`${paint(31, 'error')} ${error.code}:${escapeControls(`${place} ${error.message}`)}`);
      let cause = error.cause;
      for (
        let depth = 0;
        cause instanceof Error && depth < 4 && error.code !== 'LIF_INTERNAL';
        depth++, cause = cause.cause
      ) {
        rawLine(`  cause: ${escapeControls(cause.message.split('\n')[0] ?? '')}`);
      }
      if (error.hint) rawLine(`${paint(36, 'hint:')} ${escapeControls(error.hint)}`);
      if (verbose && error.cause instanceof Error) rawLine(error.cause.stack ?? '');
    },
  };
}

/** For Airflow's task log: one JSON object a line, `{level, event, …facts}`. */
export function jsonReporter(write: (text: string) => void): Reporter {
  const lastProgress = new Map<string, number>();
  const emit = (record: Record<string, unknown>) => write(`${JSON.stringify(record)}\n`);
  return {
    log: (level, message, facts = {}) => emit({ level, event: message, ...facts }),
    progress(label, done, total, unit = 'bytes') {
      const now = performance.now();
      const last = lastProgress.get(label);
      if (last !== undefined && now - last < PROGRESS_INTERVAL_MS.lines && done !== total) return;
      lastProgress.set(label, now);
      emit({ level: 'info', event: 'progress', label, done, total, unit });
    },
    step: (name, work) => timed(work, (ms) => emit({ level: 'info', event: name, seconds: Math.round(ms) / 1000 })),
    error: (error) =>
      emit({
        level: 'error',
        event: error.message,
        code: error.code,
        ...(error.place ? { place: formatPlace(error.place) } : {}),
        ...(error.hint ? { hint: error.hint } : {}),
        ...(error.cause instanceof Error ? { cause: error.cause.message } : {}),
      }),
  };
}

/** Says nothing; for library use and tests. */
export const silentReporter: Reporter = {
  log() {},
  progress() {},
  step: (_name, work) => work(),
  error() {},
};
