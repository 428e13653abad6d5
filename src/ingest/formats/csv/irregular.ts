import { readPieces } from '../../../store/files.ts';
import type { CsvHead } from './head.ts';
import type { CsvOptions } from './options.ts';

/** A line of this length is not read without looking through the whole file first, whatever is in it. */
const LONGEST_LINE_BYTES = 2_000_000;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Whether DuckDB's padded reader takes a file just as pandas does. What it refuses need not be looked for, only what it
 * takes silently but otherwise: blanks around a quoted field (it drops them and the quotes), NUL bytes, and surplus
 * fields at the end of a row that are null tokens or begin like them (it drops those). A file whose lines end in a lone carriage return is one
 * line too long.
 */
export async function readsAsPandas(file: string, options: CsvOptions, head: CsvHead): Promise<boolean> {
  const inspector = new Inspector(options, head);
  for await (const piece of readPieces(file)) {
    if (!inspector.push(piece)) return false;
  }
  return inspector.end();
}

class Inspector {
  readonly #delimiter: number;
  /** Undefined where there are no quotes. */
  readonly #quote: number | undefined;
  readonly #width: number;
  /** Few files have a blank beside a quote at all; only those are looked at more closely. */
  readonly #suspects: Buffer[];
  readonly #culprits: Buffer[];
  /** What DuckDB drops silently behind the last column: null tokens and their beginnings, nothing at all among them. */
  readonly #droppable: ReadonlySet<string>;
  readonly #longestDroppable: number;
  /** The last bytes of such fields: most rows end otherwise, and are done with. */
  readonly #lastBytes: ReadonlySet<number>;
  /** A line that the end of a piece cut. */
  #rest: Buffer = NOTHING;

  constructor({ dialect, nullTokens }: CsvOptions, { width }: CsvHead) {
    const { delimiter, quote } = dialect;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote?.charCodeAt(0);
    this.#width = width;
    const bytes = (texts: string[]) => (quote ? texts.map((text) => Buffer.from(text)) : []);
    this.#suspects = bytes([` ${quote}`, `${quote} `]);
    this.#culprits = bytes([
      ...[`${delimiter} ${quote}`, `\n ${quote}`],
      ...[`${quote} ${delimiter}`, `${quote} \n`, `${quote} \r`],
    ]);
    const beginnings = nullTokens.flatMap((token) => Array.from(token, (_, i) => token.slice(0, i + 1)));
    this.#droppable = new Set(['', ...beginnings]);
    this.#longestDroppable = Math.max(...[...this.#droppable].map((text) => Buffer.byteLength(text)));
    const lastBytes = beginnings.map((text) => Buffer.from(text).at(-1)!);
    this.#lastBytes = new Set([this.#delimiter, ...lastBytes, ...(quote ? [quote.charCodeAt(0)] : [])]);
  }

  /** False where something was found. */
  push(piece: Buffer): boolean {
    const afterFirstLine = piece.indexOf(LINE_FEED) + 1;
    const afterLastLine = piece.lastIndexOf(LINE_FEED) + 1;
    const cutLine = Buffer.concat([this.#rest, piece.subarray(0, afterFirstLine)]);
    this.#rest = Buffer.concat([afterFirstLine === 0 ? cutLine : NOTHING, piece.subarray(afterLastLine)]);
    if (this.#rest.length > LONGEST_LINE_BYTES) return false;
    if (afterFirstLine === 0) return true;
    return this.#inspect(cutLine) && this.#inspect(piece.subarray(afterFirstLine, afterLastLine));
  }

  end(): boolean {
    return this.#inspect(Buffer.concat([this.#rest, Buffer.of(LINE_FEED)]));
  }

  #inspect(lines: Buffer): boolean {
    if (lines.includes(0) || (lines[0] === SPACE && lines[1] === this.#quote)) return false;
    if (this.#suspects.some((text) => lines.includes(text)) && this.#culprits.some((text) => lines.includes(text)))
      return false;
    for (let from = 0; from < lines.length; ) {
      const lineFeed = lines.indexOf(LINE_FEED, from);
      const end = lines[lineFeed - 1] === CARRIAGE_RETURN ? lineFeed - 1 : lineFeed;
      if (this.#lastBytes.has(lines[end - 1]!) && this.#mayHaveSurplus(lines, from, end)) return false;
      from = lineFeed + 1;
    }
    return true;
  }

  #mayHaveSurplus(lines: Buffer, from: number, end: number): boolean {
    const field = lines.lastIndexOf(this.#delimiter, end - 1) + 1;
    const quotes = end - field > 1 && lines[field] === this.#quote && lines[end - 1] === this.#quote ? 1 : 0;
    if (field <= from || end - field - 2 * quotes > this.#longestDroppable) return false;
    if (!this.#droppable.has(lines.toString('utf8', field + quotes, end - quotes))) return false;
    let fields = 1;
    let inQuotes = false;
    for (let i = from; i < end; i++) {
      const byte = lines[i];
      if (byte === this.#quote) inQuotes = !inQuotes;
      else if (byte === this.#delimiter && !inQuotes) fields++;
    }
    // A row that goes on in the next line cannot be judged by its lines.
    return inQuotes || fields > this.#width;
  }
}
