import { open } from 'node:fs/promises';
import { readPieces } from '../../../store/files.ts';
import type { CsvDialect } from './tokenizer.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
/** Of a quote, where there are none. */
const NO_BYTE = 256;

export interface Cut {
  /** Lines to leave out: so many from the beginning, or these, counted from 0. */
  skip: number | ReadonlySet<number>;
  /** Lines to keep, those of the header included; undefined for all. */
  keep: number | undefined;
  dialect: Pick<CsvDialect, 'delimiter' | 'quote'>;
}

/**
 * Copies the lines of a file that options ask for, byte by byte. False where its lines may not be its records: where a
 * line up to the last one that is left out goes on in the next, or has a lone carriage return in it, or where one of a
 * counted number is blank. Other lines that are counted need another look: for carriage returns, and blanks alone.
 */
export async function cutLines(file: string, target: string, cut: Cut): Promise<boolean> {
  const handle = await open(target, 'w');
  try {
    await new Cutter(cut, async (bytes) => void (await handle.writeFile(bytes))).read(file);
    return true;
  } catch (error) {
    if (error === NOT_BY_LINES) return false;
    throw error;
  } finally {
    await handle.close();
  }
}

const NOT_BY_LINES = new Error('the lines of the file are not its records');

class Cutter {
  readonly #skipped: (line: number) => boolean;
  /** Lines up to this one need a look. */
  readonly #lastSkipped: number;
  readonly #quote: number;
  readonly #delimiter: number;
  readonly #isCounted: boolean;
  readonly #write: (bytes: Buffer) => Promise<void>;
  #wanted: number;
  #line = 0;
  #inQuotes = false;

  constructor({ skip, keep, dialect: { quote, delimiter } }: Cut, write: (bytes: Buffer) => Promise<void>) {
    this.#write = write;
    this.#skipped = typeof skip === 'number' ? (line) => line < skip : (line) => skip.has(line);
    this.#lastSkipped = typeof skip === 'number' ? skip - 1 : Math.max(-1, ...skip);
    this.#wanted = keep ?? Number.POSITIVE_INFINITY;
    this.#quote = quote?.charCodeAt(0) ?? NO_BYTE;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#isCounted = keep !== undefined;
  }

  async read(file: string): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const piece of readPieces(file)) {
      if (this.#isDone()) return;
      const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
      const end = this.#isCopied() ? 0 : await this.#lines(bytes);
      if (this.#isCopied()) {
        await this.#write(bytes.subarray(end));
        rest = Buffer.alloc(0);
      } else rest = Buffer.from(bytes.subarray(end));
    }
    if (rest.length > 0 && !this.#isDone() && this.#isKept(rest)) await this.#write(rest);
  }

  readonly #isDone = () => this.#wanted <= 0;
  readonly #isCopied = () => this.#line > this.#lastSkipped && this.#wanted === Number.POSITIVE_INFINITY;

  /** Writes the whole lines of a piece that are kept, up to where none is to be looked at, or one is not whole. */
  async #lines(bytes: Buffer): Promise<number> {
    let from = 0;
    let keptFrom = 0;
    while (!this.#isDone() && !this.#isCopied()) {
      const end = bytes.indexOf(LINE_FEED, from) + 1;
      if (end === 0) break;
      if (!this.#isKept(bytes.subarray(from, end))) {
        if (keptFrom < from) await this.#write(bytes.subarray(keptFrom, from));
        keptFrom = end;
      }
      from = end;
    }
    if (keptFrom < from) await this.#write(bytes.subarray(keptFrom, from));
    return from;
  }

  #isKept(line: Buffer): boolean {
    const wasInQuotes = this.#inQuotes;
    this.#inQuotes = this.#endsInQuotes(line);
    const isLeftOut = this.#skipped(this.#line);
    const end = line.at(-1) !== LINE_FEED ? line.length : line.length - (line.at(-2) === CARRIAGE_RETURN ? 2 : 1);
    if (this.#line <= this.#lastSkipped && (this.#inQuotes || line.subarray(0, end).includes(CARRIAGE_RETURN)))
      throw NOT_BY_LINES;
    if (this.#isCounted && !isLeftOut && end === 0 && !wasInQuotes) throw NOT_BY_LINES;
    this.#line++;
    if (isLeftOut) return false;
    if (!this.#inQuotes) this.#wanted--;
    return true;
  }

  /** Whether a field in quotes goes on in the next line. */
  #endsInQuotes(line: Buffer): boolean {
    const [quote, delimiter] = [this.#quote, this.#delimiter];
    if (quote === NO_BYTE) return false;
    const start = this.#line === 0 && line.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
    let inQuotes = this.#inQuotes;
    for (let i = 0; i < line.length; ) {
      if (!inQuotes) {
        // Quotes count at the beginning of a field only.
        const next = line.indexOf(quote, i);
        if (next === -1) return false;
        inQuotes = next === start || line[next - 1] === delimiter;
        i = next + 1;
      } else {
        const next = line.indexOf(quote, i);
        if (next === -1) return true;
        if (line[next + 1] === quote) i = next + 2;
        else {
          inQuotes = false;
          i = next + 1;
        }
      }
    }
    return inQuotes;
  }
}
