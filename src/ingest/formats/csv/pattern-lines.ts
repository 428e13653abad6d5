import { LifecycleError } from '../../../errors.ts';
import { pythonStrip } from '../../../pandas/python-text.ts';
import type { PythonExpression } from '../../../pandas/regex/expression.ts';
import { MatchLimit } from '../../../pandas/regex/match-limit.ts';
import { beyondLimit, DEFAULT_READ_LIMITS, type ReadLimits } from '../limits.ts';
import { type CsvDialect, CsvTokenizer } from './tokenizer.ts';

/** What cuts text into records: feed it chunks of any size; a record comes out when its end has been seen. */
export type RecordReader = Pick<CsvTokenizer, 'push' | 'end' | 'line' | 'firstLine' | 'lines' | 'hasOddQuotes'>;

/** @param skip lines to leave out, blank ones included: so many from the beginning, or these, counted from 0 */
export function recordReader(
  dialect: CsvDialect,
  emit: (record: string[]) => void,
  skip: number | ReadonlySet<number>,
  bounds: ReadLimits = DEFAULT_READ_LIMITS,
): RecordReader {
  const { separatedBy } = dialect;
  return separatedBy === undefined || separatedBy === 'blanks'
    ? new CsvTokenizer(dialect, emit, skip, bounds)
    : new PatternLines(dialect, separatedBy, emit, skip, bounds);
}

/** Whole lines, the last one excepted, which goes on in the next piece of text. */
const LINE_END = /\r\n|\n|\r(?!$)/;

/**
 * Cuts text into records as pandas' Python parser does where the delimiter is a pattern: line by line, without the blanks
 * around a line, and quotes are text.
 */
class PatternLines implements RecordReader {
  readonly #dialect: CsvDialect;
  readonly #delimiter: PythonExpression;
  readonly #emit: (record: string[]) => void;
  readonly #isSkipped: (line: number) => boolean;
  readonly #bounds: ReadLimits;
  #rest = '';
  lines = 0;
  readonly hasOddQuotes = false;

  constructor(
    dialect: CsvDialect,
    delimiter: PythonExpression,
    emit: (record: string[]) => void,
    skip: number | ReadonlySet<number>,
    bounds: ReadLimits,
  ) {
    this.#dialect = dialect;
    this.#delimiter = delimiter;
    this.#emit = emit;
    this.#isSkipped = typeof skip === 'number' ? (line) => line < skip : (line) => skip.has(line);
    this.#bounds = bounds;
  }

  get line(): number {
    return this.lines;
  }

  get firstLine(): number {
    return this.lines;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split(this.#dialect.lineEnd ?? LINE_END);
    this.#rest = lines.pop()!;
    if (this.#rest.length > this.#bounds.lineLength) {
      const what = `line ${this.lines + 1} of the CSV file has more than`;
      throw beyondLimit(this.#bounds, 'lineLength', what, 'characters');
    }
    for (const line of lines) this.#read(line);
  }

  end(): { insideQuotes: boolean; afterEscape: boolean } {
    const last = this.#dialect.lineEnd === undefined ? this.#rest.replace(/\r$/, '') : this.#rest;
    if (this.#rest !== '') this.#read(last);
    this.#rest = '';
    return { insideQuotes: false, afterEscape: false };
  }

  #read(line: string): void {
    if (this.#isSkipped(this.lines++)) return;
    const { emptyRecords = 'none' } = this.#dialect;
    const fields = this.#withoutComment(this.#split(pythonStrip(line)));
    if (fields.length > this.#bounds.columns) {
      const what = `line ${this.lines} of the CSV file has more than`;
      throw beyondLimit(this.#bounds, 'columns', what, 'fields');
    }
    const isBlank = fields.length < 2 && pythonStrip(fields[0] ?? '') === '';
    if (!isBlank) this.#emit(fields);
    else if (emptyRecords === 'all' || (emptyRecords === 'blank' && fields.length > 0)) this.#emit([]);
  }

  /** Fields up to a comment; none where the line begins with one. */
  #withoutComment(fields: string[]): string[] {
    const { comment } = this.#dialect;
    const at = comment === undefined ? -1 : fields.findIndex((field) => field.includes(comment));
    if (at < 0) return fields;
    const before = fields[at]!.split(comment!, 1)[0]!;
    return [...fields.slice(0, at), ...(before === '' ? [] : [before])];
  }

  #split(line: string): string[] {
    try {
      return this.#delimiter.split(line).map((field) => field ?? '');
    } catch (error) {
      if (!(error instanceof MatchLimit)) throw error;
      throw new LifecycleError('ING_BAD_EXPRESSION', `the delimiter ${error.message} on line ${this.lines}`, {
        hint: 'write a simpler pattern',
        cause: error,
      });
    }
  }
}
