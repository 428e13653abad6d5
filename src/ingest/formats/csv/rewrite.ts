import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { LifecycleError } from '../../../errors.ts';
import type { ReadLimits } from '../limits.ts';
import { readText } from './bytes.ts';
import type { CsvHead } from './head.ts';
import type { CsvOptions } from './options.ts';
import { type RecordReader, recordReader } from './pattern-lines.ts';

/** Characters collected before they go to disk. */
const FLUSH_AT = 1 << 20;

/**
 * Rewrites a CSV file that DuckDB's strict reader does not take (odd quotes, short or long rows, comments, another
 * encoding, …) as a plain one: UTF-8, commas, every field in quotes, LF, no header, `width` fields in every row.
 *
 * @throws LifecycleError ING_RAGGED_ROW for a row with more fields than the ones before it
 */
export async function rewriteCsv(
  file: string,
  target: string,
  options: CsvOptions,
  head: CsvHead,
  bounds: ReadLimits,
): Promise<Rewritten> {
  const rewriter = new Rewriter(options, head, bounds);
  await pipeline(() => rewriter.rewritten(readText(file, options)), createWriteStream(target));
  return { longest: rewriter.longest, left: rewriter.left };
}

interface Rewritten {
  /** Bytes of the longest line, or a little more. */
  longest: number;
  left: LeftOut;
}

/** Rows with too many fields that were left out. */
export interface LeftOut {
  rows: number;
  /** The first of them: which lines, with how many fields where how many are expected. */
  first: { line: number; found: number; expected: number }[];
}

/** Lines that are named in the log. */
const NAMED = 5;

class Rewriter {
  readonly #options: CsvOptions;
  readonly #width: number;
  readonly #tokenizer: RecordReader;
  /** The last records so far, which may be the footer. */
  readonly #held: { record: readonly string[]; line: number }[] = [];
  /** Records before the first row: the header and what stands above it. */
  #toSkip: number;
  #rows = 0;
  /** Records so far that hold something. */
  #filled = 0;
  #buffer = '';
  longest = 0;
  readonly left: LeftOut = { rows: 0, first: [] };

  constructor(options: CsvOptions, head: CsvHead, bounds: ReadLimits) {
    this.#options = options;
    this.#width = head.width;
    this.#toSkip = options.header === undefined ? 0 : options.header + 1;
    this.#tokenizer = recordReader(options.dialect, (record) => this.#add(record), options.skipRows, bounds);
  }

  async *rewritten(chunks: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const text of chunks) {
      this.#tokenizer.push(text);
      if (this.#buffer.length > FLUSH_AT) yield this.#take();
      if (this.#rows === this.#options.maxRows) return yield this.#take();
    }
    const { insideQuotes, afterEscape } = this.#tokenizer.end();
    if (afterEscape) {
      throw new LifecycleError('ING_BAD_FILE', 'the CSV file ends behind an escape character', {
        hint: 'the file is cut off, or `escapechar` in file_format is not what it escapes with',
      });
    }
    if (insideQuotes) {
      const line = this.#tokenizer.firstLine + 1;
      throw new LifecycleError(
        'ING_BAD_FILE',
        `a quote is not closed: the CSV file ends inside a quoted field of the record that begins at line ${line}`,
        {
          hint: `look at line ${line}: a stray quote there, or the file is cut off; with \`quoting: 3\` in file_format quotes are ordinary characters`,
          details: { line },
        },
      );
    }
    yield this.#take();
  }

  #take(): string {
    const taken = this.#buffer;
    this.#buffer = '';
    return taken;
  }

  #add(record: readonly string[]): void {
    const { skipFooter, skipBlankLines } = this.#options;
    const isLeftOut = record.length === 0 && skipBlankLines;
    if (this.#toSkip > 0) {
      if (!isLeftOut) this.#toSkip--;
      return;
    }
    if (skipFooter === 0) {
      this.#write(record, this.#tokenizer.line);
      return;
    }
    // pandas looks at two rows before it begins to count lines from the end.
    if (isLeftOut && this.#filled < 2) return;
    if (record.length > 0) this.#filled++;
    this.#held.push({ record, line: this.#tokenizer.line });
    if (this.#held.length <= skipFooter) return;
    const next = this.#held.shift()!;
    if (next.record.length > 0 || !skipBlankLines) this.#write(next.record, next.line);
  }

  #write(record: readonly string[], line: number): void {
    const { maxRows, usecols, onBadLines } = this.#options;
    if (maxRows !== undefined && this.#rows >= maxRows) return;
    if (record.length > this.#width && usecols === undefined) {
      const place = { line, expected: this.#width, found: record.length };
      if (onBadLines === 'error') throw ragged(place);
      if (++this.left.rows <= NAMED) this.left.first.push(place);
      return;
    }
    this.#rows++;
    const lineStart = this.#buffer.length;
    for (let i = 0; i < this.#width; i++) {
      const field = record[i];
      if (i > 0) this.#buffer += ',';
      // A line without anything would be no row.
      if (field === undefined && this.#width === 1) this.#buffer += '""';
      if (field !== undefined) this.#buffer += `"${field.includes('"') ? field.replaceAll('"', '""') : field}"`;
    }
    this.#buffer += '\n';
    // UTF-8 takes at most three bytes a unit of UTF-16.
    this.longest = Math.max(this.longest, 3 * (this.#buffer.length - lineStart));
  }
}

function ragged({ line, expected, found }: LeftOut['first'][number]): LifecycleError {
  return new LifecycleError(
    'ING_RAGGED_ROW',
    `line ${line} of the CSV file has ${found} fields where ${expected} are expected`,
    {
      hint: "a delimiter inside a field needs quotes; check `delimiter` and `quoting` in the template's file_format, or leave such rows out with on_bad_lines: skip",
      details: { line, expected, found },
    },
  );
}
