import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import type { CsvDialect } from './tokenizer.ts';

/** How a CSV file is laid out that DuckDB's strict reader reads just as pandas does. */
export interface RegularCsv {
  lineEnd: '\n' | '\r\n';
  /** Bytes of the longest record. */
  longest: number;
}

/**
 * Looks at every byte of a file for what DuckDB's reader refuses, or takes silently but otherwise than pandas: what is no
 * UTF-8, rows of another number of fields (it drops a surplus one that looks like the beginning of a null token), blanks around
 * quotes, lines of nothing but blanks, NUL bytes, line ends of several kinds or of a lone carriage return, text after a
 * closing quote.
 *
 * @param width fields of every row; a header may have fewer
 * @returns undefined where the file is not regular
 */
export async function regularCsv(
  file: string,
  dialect: CsvDialect,
  width: number,
  hasHeader: boolean,
): Promise<RegularCsv | undefined> {
  const scanner = new Scanner(dialect, width, hasHeader);
  const encoding = new Utf8Check();
  for await (const chunk of createReadStream(file, { highWaterMark: 4 << 20 })) {
    if (!encoding.push(chunk as Buffer) || !scanner.push(chunk as Buffer)) return undefined;
  }
  return encoding.end() ? scanner.end() : undefined;
}

class Utf8Check {
  /** Bytes of a character that the end of a chunk cut. */
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): boolean {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let whole = bytes.length;
    while (whole > 0 && bytes[whole - 1]! >= 0x80) whole--;
    this.#rest = Buffer.from(bytes.subarray(whole));
    return isUtf8(bytes.subarray(0, whole));
  }

  end(): boolean {
    return isUtf8(this.#rest);
  }
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const HIGHEST_CONTROL = 0x1f;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const STATE = {
  startOfRecord: 0,
  startOfField: 1,
  /** Blanks at the start of a field. */
  blanks: 2,
  inField: 3,
  inQuotes: 4,
  /** A quote within quotes: the end of them, or the first of two. */
  afterQuote: 5,
  afterCarriageReturn: 6,
} as const;
type State = (typeof STATE)[keyof typeof STATE];

class Scanner {
  readonly #delimiter: number;
  /** 256 where there are no quotes: no byte. */
  readonly #quote: number;
  readonly #width: number;
  #state: State = STATE.startOfRecord;
  #fields = 1;
  #isHeader: boolean;
  #isEmptyLine = true;
  #lineEnd: RegularCsv['lineEnd'] | undefined;
  /** Bytes before this chunk; where the record at hand began. */
  #offset = 0;
  #recordFrom = 0;
  #longest = 0;

  constructor({ delimiter, quote }: CsvDialect, width: number, hasHeader: boolean) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote?.charCodeAt(0) ?? 256;
    this.#width = width;
    this.#isHeader = hasHeader;
  }

  /** False where the file is not regular. */
  push(bytes: Buffer): boolean {
    const [delimiter, quote] = [this.#delimiter, this.#quote];
    const { length } = bytes;
    let state = this.#state;
    let i = this.#offset === 0 && BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte) ? BYTE_ORDER_MARK.length : 0;
    for (; i < length; i++) {
      if (state === STATE.inQuotes) {
        i = bytes.indexOf(quote, i);
        if (i < 0) break;
        state = STATE.afterQuote;
        continue;
      }
      let byte = bytes[i]!;
      // Most bytes are letters and digits within a field.
      if (state === STATE.inField)
        while (byte > HIGHEST_CONTROL && byte !== delimiter && ++i < length) byte = bytes[i]!;
      if (i === length) break;
      if (state === STATE.afterCarriageReturn) {
        if (byte !== LINE_FEED || !this.#endRecord('\r\n', this.#offset + i)) return false;
        state = STATE.startOfRecord;
      } else if (byte === delimiter) {
        this.#fields++;
        state = STATE.startOfField;
      } else if (byte === LINE_FEED) {
        this.#isEmptyLine = state === STATE.startOfRecord;
        if (!this.#endRecord('\n', this.#offset + i)) return false;
        state = STATE.startOfRecord;
      } else if (byte === CARRIAGE_RETURN) {
        this.#isEmptyLine = state === STATE.startOfRecord;
        state = STATE.afterCarriageReturn;
      } else if (state === STATE.inField) {
        if (byte === 0) return false;
      } else if (byte === quote) {
        if (state === STATE.blanks) return false;
        state = STATE.inQuotes;
      } else {
        if (state === STATE.afterQuote || byte === 0) return false;
        state = byte === SPACE ? STATE.blanks : STATE.inField;
      }
    }
    this.#state = state;
    this.#offset += bytes.length;
    return true;
  }

  end(): RegularCsv | undefined {
    if (this.#state === STATE.inQuotes || this.#state === STATE.afterCarriageReturn) return undefined;
    const lineEnd = this.#lineEnd ?? '\n';
    this.#isEmptyLine = this.#state === STATE.startOfRecord;
    return this.#endRecord(lineEnd, this.#offset) ? { lineEnd, longest: this.#longest } : undefined;
  }

  #endRecord(lineEnd: RegularCsv['lineEnd'], at: number): boolean {
    this.#lineEnd ??= lineEnd;
    if (lineEnd !== this.#lineEnd) return false;
    this.#longest = Math.max(this.#longest, at - this.#recordFrom);
    this.#recordFrom = at + 1;
    const fields = this.#fields;
    this.#fields = 1;
    if (this.#isEmptyLine) return true;
    if (!this.#isHeader) return fields === this.#width;
    this.#isHeader = false;
    return fields <= this.#width;
  }
}
