import type { PythonExpression } from '../../../pandas/regex/expression.ts';
import { beyondLimit, DEFAULT_READ_LIMITS, type ReadLimits } from '../limits.ts';

/** How a CSV file separates and quotes. */
export interface CsvDialect {
  /** One character; unless fields are separated by blanks, or by what a pattern finds. */
  delimiter: string;
  separatedBy?: 'blanks' | PythonExpression;
  /** Undefined where quoting is off. */
  quote: string | undefined;
  /** Whether a quote within quotes is written twice; otherwise the second one is text. @default true */
  doublesQuotes?: boolean;
  /** The character after this one stands for itself, in quotes and outside. */
  escape?: string | undefined;
  /** The rest of a line from here on is ignored. */
  comment: string | undefined;
  skipInitialSpace: boolean;
  /** The only character that ends a line. */
  lineEnd?: string | undefined;
  /** Lines that come out as records without fields: none, blank ones, or those that hold a comment too. */
  emptyRecords?: 'none' | 'blank' | 'all';
}

const STATE = {
  startOfRecord: 0,
  startOfField: 1,
  inField: 2,
  inQuotes: 3,
  quoteInQuotes: 4,
  escaped: 5,
  escapedInQuotes: 6,
  comment: 7,
  blankLine: 8,
  /** Among the blanks that separate fields. */
  betweenFields: 9,
} as const;
type State = (typeof STATE)[keyof typeof STATE];

const isBlank = (c: string) => c === ' ' || c === '\t';

/**
 * Cuts text into records as pandas' C parser does: quotes count only at the start of a field, `""` inside quotes is
 * one quote, text after a closing quote is kept, lines end with LF, CRLF or a lone CR, lines without anything but blanks
 * are skipped, an escaped character begins no quotes and ends nothing. Feed it chunks of any size; a record comes out when its end has been seen.
 */
export class CsvTokenizer {
  readonly #dialect: CsvDialect;
  readonly #emit: (record: string[]) => void;
  readonly #bounds: ReadLimits;
  /** Characters of the fields of `#record`. */
  #recordLength = 0;
  #state: State = STATE.startOfRecord;
  #record: string[] = [];
  #field = '';
  #skipLineFeed = false;
  readonly #isSkipped: (line: number) => boolean;
  /** Records so far, blank and skipped lines among them. */
  #seen = 0;
  /** Lines read so far. */
  lines = 0;
  /** Lines before the record at hand. */
  firstLine = 0;
  #recordLine = 0;
  /** Whether text stood behind a closing quote; readers differ on what that means. */
  hasOddQuotes = false;
  /** Whether the line at hand is a comment from its beginning. */
  #isComment = false;

  /** @param skip lines to leave out, blank ones included: so many from the beginning, or these, counted from 0 */
  constructor(
    dialect: CsvDialect,
    emit: (record: string[]) => void,
    skip: number | ReadonlySet<number> = 0,
    bounds: ReadLimits = DEFAULT_READ_LIMITS,
  ) {
    this.#dialect = dialect;
    this.#emit = emit;
    this.#bounds = bounds;
    this.#isSkipped = typeof skip === 'number' ? (line) => line < skip : (line) => skip.has(line);
  }

  /** The line of the file, from 1, at which the record began that comes out. */
  get line(): number {
    return this.#recordLine;
  }

  push(text: string): void {
    const { quote, comment, skipInitialSpace, doublesQuotes = true, escape: escaping, lineEnd } = this.#dialect;
    const byBlanks = this.#dialect.separatedBy === 'blanks';
    const delimiter = byBlanks ? ' ' : this.#dialect.delimiter;
    let plainFrom = -1;
    for (let i = 0; i < text.length; i++) {
      const c = text[i]!;
      if (this.#skipLineFeed) {
        this.#skipLineFeed = false;
        if (c === '\n') continue;
      }
      if (this.#state === STATE.inQuotes) {
        if (c === quote || c === escaping) {
          if (plainFrom >= 0) this.#field += text.slice(plainFrom, i);
          plainFrom = -1;
          if (c === escaping) this.#state = STATE.escapedInQuotes;
          else this.#state = doublesQuotes ? STATE.quoteInQuotes : STATE.inField;
        } else {
          if (c === '\n') this.lines++;
          if (plainFrom < 0) plainFrom = i;
        }
        continue;
      }
      if (this.#state === STATE.escaped || this.#state === STATE.escapedInQuotes) {
        if (c === '\n') this.lines++;
        this.#field += c;
        this.#state = this.#state === STATE.escaped ? STATE.inField : STATE.inQuotes;
        continue;
      }
      const ends = lineEnd === undefined ? c === '\n' || c === '\r' : c === lineEnd;
      const separates = c === delimiter || (byBlanks && c === '\t');
      if (this.#state >= STATE.comment && this.#isLeftOut(c, ends)) continue;
      if (this.#state === STATE.quoteInQuotes) {
        if (c === quote) {
          this.#field += c;
          this.#state = STATE.inQuotes;
          continue;
        }
        this.#state = STATE.inField;
        if (!ends && !separates) this.hasOddQuotes = true;
        // Behind a closing quote an escape is text.
        if (c === escaping && !separates) {
          this.#field += c;
          continue;
        }
      }
      if (ends) {
        if (plainFrom >= 0) this.#field += text.slice(plainFrom, i);
        plainFrom = -1;
        if (this.#state !== STATE.startOfRecord) this.#endOfField();
        this.#endOfLine(c);
      } else if (byBlanks && separates && this.#state === STATE.startOfRecord) {
        this.#state = STATE.betweenFields;
      } else if (separates && c !== escaping) {
        if (plainFrom >= 0) this.#field += text.slice(plainFrom, i);
        plainFrom = -1;
        this.#endOfField();
        if (byBlanks) this.#state = STATE.betweenFields;
      } else if (c === escaping) {
        if (plainFrom >= 0) this.#field += text.slice(plainFrom, i);
        plainFrom = -1;
        this.#state = STATE.escaped;
      } else if (c === comment) {
        if (plainFrom >= 0) this.#field += text.slice(plainFrom, i);
        plainFrom = -1;
        if (this.#state !== STATE.startOfRecord) this.#endOfField();
        else this.#isComment = true;
        this.#state = STATE.comment;
      } else if (c === quote && this.#state <= STATE.startOfField) {
        this.#state = STATE.inQuotes;
      } else if (this.#state === STATE.startOfRecord && isBlank(c) && this.#dialect.emptyRecords !== 'blank') {
        this.#state = STATE.blankLine;
        this.#field = c;
      } else if (skipInitialSpace && c === ' ' && this.#state <= STATE.startOfField) {
        this.#state = STATE.startOfField;
      } else {
        if (plainFrom < 0) plainFrom = i;
        this.#state = STATE.inField;
      }
    }
    if (plainFrom >= 0) this.#field += text.slice(plainFrom);
    this.#checkBounds();
  }

  /** Of the record at hand: those that began and ended in one piece of text are no larger than that. */
  #checkBounds(): void {
    const where = `the record at line ${this.firstLine + 1} of the CSV file has`;
    if (this.#recordLength + this.#field.length > this.#bounds.lineLength)
      throw beyondLimit(this.#bounds, 'lineLength', `${where} more than`, 'characters');
    if (this.#record.length > this.#bounds.columns)
      throw beyondLimit(this.#bounds, 'columns', `${where} more than`, 'fields');
  }

  /** Whether a character is part of a comment, or of a line that holds only blanks so far. */
  #isLeftOut(c: string, ends: boolean): boolean {
    const { delimiter, skipInitialSpace, comment } = this.#dialect;
    if (ends) this.#endOfLine(c);
    else if (this.#state === STATE.betweenFields) {
      if (isBlank(c)) return true;
      if (c === comment) this.#isComment = this.#record.length === 0;
      this.#state = c === comment ? STATE.comment : STATE.startOfField;
      return c === comment;
    } else if (this.#state === STATE.blankLine) {
      if (!isBlank(c) || c === delimiter) {
        if (skipInitialSpace) this.#field = this.#field.replace(/^ +/, '');
        this.#state = this.#field === '' ? STATE.startOfField : STATE.inField;
        return false;
      }
      this.#field += c;
    }
    return true;
  }

  /** Call when the text has ended. */
  end(): { insideQuotes: boolean; afterEscape: boolean } {
    const insideQuotes = this.#state === STATE.inQuotes || this.#state === STATE.escapedInQuotes;
    const afterEscape = this.#state === STATE.escaped;
    if (!insideQuotes && this.#state !== STATE.startOfRecord) {
      if (this.#state < STATE.comment) this.#endOfField();
      this.lines++;
      this.#endOfRecord();
    }
    return { insideQuotes, afterEscape };
  }

  #endOfField(): void {
    this.#record.push(this.#field);
    this.#recordLength += this.#field.length;
    this.#field = '';
    this.#state = STATE.startOfField;
  }

  #endOfLine(c: string): void {
    this.lines++;
    this.#skipLineFeed = c === '\r' && this.#dialect.lineEnd === undefined;
    this.#endOfRecord();
  }

  #endOfRecord(): void {
    const record = this.#record;
    this.#record = [];
    this.#recordLength = 0;
    this.#field = '';
    this.#state = STATE.startOfRecord;
    this.#recordLine = this.firstLine + 1;
    this.firstLine = this.lines;
    const { emptyRecords = 'none' } = this.#dialect;
    const isWanted = record.length > 0 || emptyRecords === 'all' || (emptyRecords === 'blank' && !this.#isComment);
    this.#isComment = false;
    if (!this.#isSkipped(this.#seen++) && isWanted) this.#emit(record);
  }
}
