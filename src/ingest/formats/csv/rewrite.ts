import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { LifecycleError } from '../../../errors.ts';
import type { ReadLimits } from '../../read-limits.ts';
import { readText } from './bytes.ts';
import type { CsvHead } from './head.ts';
import type { CsvOptions } from './options.ts';
import { CsvTokenizer } from './tokenizer.ts';

/** Characters collected before they go to disk. */
const FLUSH_AT = 1 << 20;

/**
 * Rewrites a CSV file that DuckDB's strict reader does not take (odd quotes, short or long rows, comments, another
 * encoding, …) as a plain one: UTF-8, commas, every field in quotes, LF, no header, `width` fields in every row.
 *
 * @returns bytes of the longest line, or a little more
 * @throws LifecycleError ING_RAGGED_ROW for a row with more fields than the ones before it
 */
export async function rewriteCsv(
  file: string,
  target: string,
  options: CsvOptions,
  head: CsvHead,
  bounds: ReadLimits,
): Promise<number> {
  const rewriter = new Rewriter(options, head, bounds);
  await pipeline(() => rewriter.rewritten(readText(file, options.encoding)), createWriteStream(target));
  return rewriter.longest;
}

class Rewriter {
  readonly #options: CsvOptions;
  readonly #width: number;
  readonly #tokenizer: CsvTokenizer;
  /** Records before the first row: the header and what stands above it. */
  #toSkip: number;
  #rows = 0;
  #buffer = '';
  longest = 0;

  constructor(options: CsvOptions, head: CsvHead, bounds: ReadLimits) {
    this.#options = options;
    this.#width = head.width;
    this.#toSkip = options.header === undefined ? 0 : options.header + 1;
    this.#tokenizer = new CsvTokenizer(options.dialect, (record) => this.#add(record), options.skipRows, bounds);
  }

  async *rewritten(chunks: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const text of chunks) {
      this.#tokenizer.push(text);
      if (this.#buffer.length > FLUSH_AT) yield this.#take();
      if (this.#rows === this.#options.maxRows) return yield this.#take();
    }
    if (this.#tokenizer.end().insideQuotes) {
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
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return;
    }
    const { maxRows, usecols } = this.#options;
    if (maxRows !== undefined && this.#rows >= maxRows) return;
    this.#rows++;
    if (record.length > this.#width && usecols === undefined)
      throw ragged(this.#tokenizer.line, this.#width, record.length);
    const lineStart = this.#buffer.length;
    for (let i = 0; i < this.#width; i++) {
      const field = record[i];
      if (i > 0) this.#buffer += ',';
      if (field !== undefined) this.#buffer += `"${field.includes('"') ? field.replaceAll('"', '""') : field}"`;
    }
    this.#buffer += '\n';
    // UTF-8 takes at most three bytes a unit of UTF-16.
    this.longest = Math.max(this.longest, 3 * (this.#buffer.length - lineStart));
  }
}

function ragged(line: number, expected: number, found: number): LifecycleError {
  return new LifecycleError(
    'ING_RAGGED_ROW',
    `line ${line} of the CSV file has ${found} fields where ${expected} are expected`,
    {
      hint: "a delimiter inside a field needs quotes; check `delimiter` and `quoting` in the template's file_format",
      details: { line, expected, found },
    },
  );
}
