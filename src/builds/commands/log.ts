import { closeSync, openSync, writeSync } from 'node:fs';
import { escapeControls, type Reporter } from '../../report.ts';

/** So much of a command's output is shown; all of it is in the log. */
const MAX_SHOWN_LINES = 20_000;
const MAX_SHOWN_LINE = 2_000;
const TAIL_LINES = 20;
/** Characters that wait to be written; a command may say hundreds of thousands of short lines at once. */
const MAX_UNWRITTEN = 1 << 16;

/** `build.log`: everything that the commands said, and a line of our own before and after each. */
export class BuildLog {
  readonly #file: number;
  readonly #reporter: Reporter;
  readonly #broken = new AbortController();
  #shownLines = 0;
  #tail: string[] = [];
  /** Bytes as `latin1`, which are written before the next piece of output is waited for. */
  #unwritten = '';
  #writing: NodeJS.Immediate | undefined;

  constructor(path: string, reporter: Reporter) {
    this.#file = openSync(path, 'a');
    this.#reporter = reporter;
  }

  /** A line of ours. */
  note(text: string): void {
    this.#flush();
    this.#write(Buffer.from(`# ${text}\n`));
  }

  /** Aborted when the log cannot be written any more, with the error: a command whose log is lost is to end. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  #flush(): void {
    clearImmediate(this.#writing);
    this.#writing = undefined;
    const bytes = Buffer.from(this.#unwritten, 'latin1');
    this.#unwritten = '';
    this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    if (this.broken.aborted) return;
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    } catch (error) {
      this.#broken.abort(error);
    }
  }

  /** Forgets the tail and the count of shown lines, for the next command. */
  startCommand(): void {
    this.#shownLines = 0;
    this.#tail = [];
  }

  /** Writes what the command has said last. @throws why the log cannot be written */
  endCommand(): void {
    this.#flush();
    this.broken.throwIfAborted();
  }

  /** A piece of a command's output, bytes as `latin1`, already masked. */
  output(piece: string, endsLine: boolean): void {
    this.#unwritten += endsLine ? `${piece}\n` : piece;
    if (this.#unwritten.length > MAX_UNWRITTEN) this.#flush();
    else this.#writing ??= setImmediate(() => this.#flush());
    this.#tail.push(piece);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    this.#shownLines++;
    if (this.#shownLines <= MAX_SHOWN_LINES) this.#reporter.log('info', shownText(piece));
    else if (this.#shownLines === MAX_SHOWN_LINES + 1) {
      this.#reporter.log('warning', `more than ${MAX_SHOWN_LINES} lines; the rest is in build.log only`);
    }
  }

  /** The last lines that the command wrote, for an error message. */
  get tail(): readonly string[] {
    return this.#tail.map(shownText);
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }
}

/** A line as it may be shown: what a carriage return would leave standing, control characters made visible. */
function shownText(piece: string): string {
  const text = Buffer.from(piece, 'latin1').toString('utf8');
  const visible = text.replace(/\r+$/, '').split('\r').at(-1)!;
  const cut = visible.length > MAX_SHOWN_LINE ? `${visible.slice(0, MAX_SHOWN_LINE)}... (cut)` : visible;
  return escapeControls(cut);
}
