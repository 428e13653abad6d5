import { EXACT_DIGITS } from './exact-digits.ts';
import { numberInText } from './json-values.ts';
import { pythonFloat } from './python-json.ts';
import type { StagedColumn } from './staged/column.ts';
import type { StagedRows } from './staged/rows.ts';
import { ValueColumn } from './value-column.ts';
import { holdsOnly, typeOf } from './value-kinds.ts';
import { Float, type Value } from './values.ts';

/**
 * What becomes of the values of a column: they stay what they are; numbers are looked for in them, as read_json does; or
 * they become text.
 */
export type Treatment = 'kept' | 'numbers' | 'text';

const MAX_INT64 = 2n ** 63n - 1n;
const TWO_TO_63 = 2 ** 63;

/** A column of JSON values on their way into a table. A row gets one value at most. */
export class JsonColumn {
  readonly name: string;
  readonly #staged: StagedRows;
  readonly #treatment: Treatment;
  readonly values: ValueColumn;
  /** As long as every text is a number: the numbers. */
  #numbersInTexts: StagedColumn | undefined;
  #textsAreNumbers = true;
  #textsHavePoints = false;
  #allWhole = true;
  #allFitInt64 = true;
  /** Values to become text, as doubles are written: what stands if all are numbers, and one is none that is whole. */
  #asDoubles: StagedColumn | undefined;
  #onlyNumbers = true;
  #hasDecimals = false;

  constructor(name: string, treatment: Treatment, staged: StagedRows) {
    this.name = name;
    this.#treatment = treatment;
    this.#staged = staged;
    this.values = new ValueColumn(staged);
  }

  put(value: Value): void {
    if (value === null) return;
    if (typeof value === 'number') this.putWhole(value);
    else if (typeof value === 'string') this.putText(value);
    else if (value instanceof Float) this.putDecimal(value.value);
    else if (typeof value === 'boolean') this.putTruth(value);
    else if (typeof value === 'bigint') this.#putLarge(value);
    else throw new Error('JSON has no dates');
  }

  putWhole(value: number): void {
    if (this.#treatment === 'text') this.#putNumberAsText(String(value), value);
    else this.values.putWhole(value);
  }

  #putLarge(value: bigint): void {
    if (this.#treatment === 'text') {
      this.#putNumberAsText(String(value), Number(value));
      return;
    }
    // As a double, which pandas compares.
    const double = Number(value);
    if (Math.abs(double) >= TWO_TO_63) this.#allWhole = false;
    if (BigInt(double) > MAX_INT64) this.#allFitInt64 = false;
    this.values.putLarge(value);
  }

  putDecimal(value: number): void {
    if (this.#treatment === 'text') {
      this.#hasDecimals = true;
      this.#putNumberAsText(pythonFloat(value), value);
      return;
    }
    if (!isWhole(value)) this.#allWhole = false;
    this.values.putDecimal(value);
  }

  putTruth(value: boolean): void {
    if (this.#treatment !== 'text') this.values.putTruth(value);
    else this.putText(value ? 'True' : 'False');
  }

  putText(text: string): void {
    this.#onlyNumbers = false;
    if (this.#treatment === 'numbers' && this.#textsAreNumbers) this.#lookInto(text);
    this.values.putText(text);
  }

  /** A text in UTF-8. */
  putBytes(source: Buffer, start: number, end: number): void {
    this.#onlyNumbers = false;
    if (this.#treatment === 'numbers' && this.#textsAreNumbers) {
      const digits = end - start <= EXACT_DIGITS ? numberOfDigits(source, start, end) : -1;
      if (digits >= 0) this.#foundInText(digits);
      else if (cannotBeginNumber(source[start]!)) this.#textsAreNumbers = false;
      else this.#lookInto(source.toString('utf8', start, end));
    }
    this.values.putBytes(source, start, end);
  }

  #lookInto(text: string): void {
    const number = numberInText(text);
    this.#textsAreNumbers = number !== undefined;
    if (number === undefined) return;
    if (/[.einf]/i.test(text)) this.#textsHavePoints = true;
    // NaN is no value.
    if (Number.isNaN(number)) this.#allWhole = false;
    else this.#foundInText(number);
  }

  #foundInText(value: number): void {
    if (!isWhole(value)) this.#allWhole = false;
    this.#numbersInTexts ??= this.#staged.addColumn('double');
    this.#numbersInTexts.skipTo(this.#staged.waiting);
    this.#numbersInTexts.addNumber(value);
  }

  #putNumberAsText(text: string, value: number): void {
    if (this.#onlyNumbers) {
      this.#asDoubles ??= this.#staged.addColumn('text');
      this.#asDoubles.skipTo(this.#staged.waiting);
      this.#asDoubles.addText(pythonFloat(value));
    }
    this.values.putText(text);
  }

  /**
   * The column of the closed file: its type, and SQL for its values.
   * @throws LifecycleError ING_MIXED_TYPES, ING_NUMBER_TOO_LARGE
   */
  result(): { type: string; expression: string } {
    const { tally } = this.values;
    const { rows } = this.#staged;
    const found = this.#treatment === 'numbers' ? this.#numbers() : undefined;
    if (found) {
      const more = this.#numbersInTexts ? [this.#numbersInTexts.name] : [];
      const doubles = this.values.expression('DOUBLE', { without: 'text', more });
      return { type: found, expression: found === 'DOUBLE' ? doubles : `CAST(${doubles} AS ${found})` };
    }
    if (this.#onlyNumbers && this.#asDoubles && (this.#hasDecimals || tally.values < rows))
      return { type: 'VARCHAR', expression: this.#asDoubles.name };
    const type = typeOf(this.name, tally, rows);
    return { type, expression: this.values.expression(type) };
  }

  /**
   * Texts, truth values and numbers together become numbers if all of them can, and doubles become whole numbers if all of
   * them are and none is missing. Undefined where the values stay what they are.
   */
  #numbers(): 'DOUBLE' | 'BIGINT' | undefined {
    const { tally } = this.values;
    const hasGaps = tally.values < this.#staged.rows;
    if (tally.values === 0 || (!hasGaps && holdsOnly(tally, 'bool'))) return undefined;
    if (holdsOnly(tally, 'integer')) return tally.least >= 0 || this.#allFitInt64 ? undefined : 'DOUBLE';
    if (!this.#textsAreNumbers) return undefined;
    // Texts become whole numbers only where they are written as such.
    if (holdsOnly(tally, 'text') && this.#textsHavePoints) return 'DOUBLE';
    return hasGaps || !this.#allWhole ? 'DOUBLE' : 'BIGINT';
  }
}

const isWhole = (value: number) => Number.isInteger(value) && Math.abs(value) < TWO_TO_63;

/** The number that digits alone are; -1 for anything else. */
function numberOfDigits(source: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = source[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return end > start ? value : -1;
}

/** Letters of ASCII but those of `inf` and `nan`. */
function cannotBeginNumber(byte: number): boolean {
  const letter = byte | 0x20;
  return letter >= 97 && letter <= 122 && letter !== 105 && letter !== 110;
}
