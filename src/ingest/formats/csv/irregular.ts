import { createReadStream } from 'node:fs';
import type { CsvDialect } from './tokenizer.ts';

/** As much of a file as must be looked at together, so that a pattern across two chunks is seen. */
const OVERLAP = 4;

/**
 * Whether a file holds something that DuckDB's reader takes silently but otherwise than pandas: blanks around a quoted
 * field (DuckDB drops them and the quotes), NUL bytes, a carriage return alone at the end of a line.
 */
export async function readsDifferently(file: string, dialect: CsvDialect): Promise<boolean> {
  const { delimiter, quote } = dialect;
  // Few files have a blank beside a quote at all; only those are looked at more closely.
  const suspects = quote ? [` ${quote}`, `${quote} `].map((text) => Buffer.from(text)) : [];
  const culprits = quote
    ? [`${delimiter} ${quote}`, `\n ${quote}`, `${quote} ${delimiter}`, `${quote} \n`, `${quote} \r`].map((text) =>
        Buffer.from(text),
      )
    : [];
  let tail: Buffer = Buffer.alloc(0);
  let first = true;
  let lineFeeds = false;
  let carriageReturns = false;
  for await (const chunk of createReadStream(file, { highWaterMark: 4 << 20 })) {
    const bytes = Buffer.concat([tail, chunk as Buffer]);
    if (first && quote && bytes[0] === 0x20 && bytes[1] === quote.charCodeAt(0)) return true;
    first = false;
    if (bytes.includes(0)) return true;
    if (suspects.some((text) => bytes.includes(text)) && culprits.some((text) => bytes.includes(text))) return true;
    lineFeeds ||= bytes.includes(0x0a);
    // Alone at the ends of lines, it is the only one there is; a file with line feeds is none of those.
    if (!lineFeeds) carriageReturns ||= bytes.includes(0x0d);
    tail = Buffer.from(bytes.subarray(-OVERLAP));
  }
  return carriageReturns && !lineFeeds;
}
