import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { LifecycleError } from '../../../errors.ts';
import { readText } from './bytes.ts';
import { type CsvHead, skipLines } from './head.ts';
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
export async function rewriteCsv(file: string, target: string, options: CsvOptions, head: CsvHead): Promise<number> {
  const out = createWriteStream(target);
  let buffer = '';
  let toSkip = options.header === undefined ? 0 : options.header + 1;
  let rows = 0;
  let longest = 0;
  const tokenizer = new CsvTokenizer(options.dialect, (record) => {
    if (toSkip > 0) {
      toSkip--;
      return;
    }
    if (options.maxRows !== undefined && rows >= options.maxRows) return;
    rows++;
    const lineStart = buffer.length;
    if (record.length > head.width && options.usecols === undefined)
      throw ragged(tokenizer.lines, head.width, record.length);
    for (let i = 0; i < head.width; i++) {
      const field = record[i];
      if (i > 0) buffer += ',';
      if (field !== undefined) buffer += `"${field.includes('"') ? field.replaceAll('"', '""') : field}"`;
    }
    buffer += '\n';
    // UTF-8 takes at most three bytes a unit of UTF-16.
    longest = Math.max(longest, 3 * (buffer.length - lineStart));
  });
  try {
    for await (const text of skipLines(readText(file, options.encoding), options.skipRows)) {
      tokenizer.push(text);
      if (buffer.length > FLUSH_AT) {
        if (!out.write(buffer)) await once(out, 'drain');
        buffer = '';
      }
    }
    if (tokenizer.end().insideQuotes) {
      throw new LifecycleError('ING_BAD_FILE', 'the CSV file ends inside a quoted field', {
        hint: 'the file is cut off or has a stray quote; with `quoting: 3` in file_format quotes are ordinary characters',
      });
    }
    out.end(buffer);
    await finished(out);
    return longest;
  } finally {
    out.destroy();
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
