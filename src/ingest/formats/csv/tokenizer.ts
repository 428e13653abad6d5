/** How a CSV file separates and quotes. */
export interface CsvDialect {
  delimiter: string;
  /** Undefined where quoting is off. */
  quote: string | undefined;
  /** The rest of a line from here on is ignored. */
  comment: string | undefined;
  skipInitialSpace: boolean;
}

const STATE = { startOfRecord: 0, startOfField: 1, inField: 2, inQuotes: 3, quoteInQuotes: 4, comment: 5 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/**
 * Cuts text into records as pandas' C parser does: quotes count only at the start of a field, `""` inside quotes is
 * one quote, text after a closing quote is kept, lines end with LF, CRLF or a lone CR, empty lines are skipped.
 * Feed it chunks of any size; a record comes out when its end has been seen.
 */
export class CsvTokenizer {
  readonly #dialect: CsvDialect;
  readonly #emit: (record: string[]) => void;
  #state: State = STATE.startOfRecord;
  #record: string[] = [];
  #field = '';
  #skipLineFeed = false;
  /** Lines read so far, for messages. */
  lines = 0;

  constructor(dialect: CsvDialect, emit: (record: string[]) => void) {
    this.#dialect = dialect;
    this.#emit = emit;
  }

  push(text: string): void {
    const { delimiter, quote, comment, skipInitialSpace } = this.#dialect;
    let plainFrom = -1;
    for (let i = 0; i < text.length; i++) {
      const c = text[i]!;
      if (this.#skipLineFeed) {
        this.#skipLineFeed = false;
        if (c === '\n') continue;
      }
      if (this.#state === STATE.inQuotes) {
        if (c === quote) {
          if (plainFrom >= 0) this.#field += text.slice(plainFrom, i);
          plainFrom = -1;
          this.#state = STATE.quoteInQuotes;
        } else if (plainFrom < 0) plainFrom = i;
        continue;
      }
      const ends = c === '\n' || c === '\r';
      if (this.#state === STATE.comment) {
        if (!ends) continue;
        this.lines++;
        this.#skipLineFeed = c === '\r';
        this.#endOfRecord();
        continue;
      }
      if (this.#state === STATE.quoteInQuotes) {
        if (c === quote) {
          this.#field += c;
          this.#state = STATE.inQuotes;
          continue;
        }
        this.#state = STATE.inField;
      }
      if (ends) {
        if (plainFrom >= 0) this.#field += text.slice(plainFrom, i);
        plainFrom = -1;
        this.lines++;
        this.#skipLineFeed = c === '\r';
        if (this.#state !== STATE.startOfRecord) this.#endOfField();
        this.#endOfRecord();
      } else if (c === delimiter) {
        if (plainFrom >= 0) this.#field += text.slice(plainFrom, i);
        plainFrom = -1;
        this.#endOfField();
      } else if (c === comment) {
        if (plainFrom >= 0) this.#field += text.slice(plainFrom, i);
        plainFrom = -1;
        if (this.#state !== STATE.startOfRecord) this.#endOfField();
        this.#state = STATE.comment;
      } else if (c === quote && this.#state <= STATE.startOfField) {
        this.#state = STATE.inQuotes;
      } else if (skipInitialSpace && c === ' ' && this.#state <= STATE.startOfField) {
        this.#state = STATE.startOfField;
      } else {
        if (plainFrom < 0) plainFrom = i;
        this.#state = STATE.inField;
      }
    }
    if (plainFrom >= 0) this.#field += text.slice(plainFrom);
  }

  /** Call when the text has ended. */
  end(): { insideQuotes: boolean } {
    const insideQuotes = this.#state === STATE.inQuotes;
    if (!insideQuotes && this.#state !== STATE.startOfRecord) {
      if (this.#state !== STATE.comment) this.#endOfField();
      this.#endOfRecord();
    }
    return { insideQuotes };
  }

  #endOfField(): void {
    this.#record.push(this.#field);
    this.#field = '';
    this.#state = STATE.startOfField;
  }

  #endOfRecord(): void {
    const record = this.#record;
    this.#record = [];
    this.#field = '';
    this.#state = STATE.startOfRecord;
    if (record.length > 0) this.#emit(record);
  }
}
