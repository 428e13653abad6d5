import { damaged } from './faults.ts';
import type { Records } from './records.ts';

/** Each character takes two bytes, and not the lower one of them alone. */
const WIDE = 0x01;
const HAS_READING = 0x04;
const HAS_RUNS = 0x08;
const RUN_BYTES = 4;

/**
 * A text within a record: its length, how it is written, its characters. Runs of other fonts and readings are left out.
 *
 * @param lengthBytes in how many bytes its length is written
 * @throws LifecycleError ING_BAD_FILE
 */
export function textAt(records: Records, at: number, lengthBytes = 2): string {
  checkText(records, at, lengthBytes);
  const { bytes } = records;
  const length = bytes.readUIntLE(at, lengthBytes);
  if (length === 0) return '';
  const flags = bytes[at + lengthBytes]!;
  return decoded(bytes, at + lengthBytes + 1 + countsBytes(flags), length, (flags & WIDE) !== 0);
}

/** @throws LifecycleError ING_BAD_FILE where a text does not lie within its record */
export function checkText({ bytes, end }: Records, at: number, lengthBytes = 2): void {
  const behindLength = at + lengthBytes;
  if (behindLength > end) throw damaged('a text has no length');
  const length = bytes.readUIntLE(at, lengthBytes);
  // An empty one need not say how it is written.
  if (length === 0) return;
  const flags = behindLength < end ? bytes[behindLength]! : 0;
  const begin = behindLength + 1 + countsBytes(flags);
  if (begin + (flags & WIDE ? 2 : 1) * length > end) throw damaged('a text does not fit into its record');
}

/** What says how many runs there are, and how long the reading is, stands before the characters. */
const countsBytes = (flags: number) => (flags & HAS_RUNS ? 2 : 0) + (flags & HAS_READING ? 4 : 0);

function decoded(bytes: Buffer, at: number, length: number, wide: boolean): string {
  return wide ? bytes.toString('utf16le', at, at + 2 * length) : bytes.toString('latin1', at, at + length);
}

/**
 * Reads what lies in a record and in those that continue it. Where characters go on in the next one, it says anew
 * whether they take one byte or two.
 */
export class TextReader {
  readonly #records: Records;
  #at: number;

  /** @param at within the record that `records` is at */
  constructor(records: Records, at: number) {
    this.#records = records;
    this.#at = at;
  }

  /** Whether all is read. */
  get atEnd(): boolean {
    return this.#at >= this.#records.end && !this.#records.goesOn;
  }

  /** A text by its length, how it is written, and its characters; runs of other fonts and readings are left out. */
  shared(): string {
    const length = this.#number(2);
    const flags = this.#number(1);
    const runs = flags & HAS_RUNS ? this.#number(2) : 0;
    const reading = flags & HAS_READING ? this.#number(4) : 0;
    const text = this.#characters(length, flags);
    this.#skip(runs * RUN_BYTES + reading);
    return text;
  }

  /** A text that a formula has made. */
  ofFormula(): string {
    const length = this.#number(2);
    return length === 0 ? '' : this.#characters(length, this.#number(1));
  }

  #characters(length: number, first: number): string {
    let flags = first;
    let text = '';
    for (let missing = length; ; ) {
      const width = flags & WIDE ? 2 : 1;
      const here = Math.min(missing, (this.#records.end - this.#at) >> (width - 1));
      text += decoded(this.#records.bytes, this.#at, here, width === 2);
      this.#at += here * width;
      missing -= here;
      if (missing === 0) return text;
      if (this.#at < this.#records.end) throw damaged('a character lies in two records');
      this.#goOn();
      flags = this.#number(1);
    }
  }

  /** A number, which lies in one record. */
  #number(bytes: number): number {
    if (this.#at === this.#records.end) this.#goOn();
    if (this.#at + bytes > this.#records.end) throw damaged('the length of a text lies in two records');
    const number = this.#records.bytes.readUIntLE(this.#at, bytes);
    this.#at += bytes;
    return number;
  }

  #skip(bytes: number): void {
    let left = bytes;
    while (left > this.#records.end - this.#at) {
      left -= this.#records.end - this.#at;
      this.#goOn();
    }
    this.#at += left;
  }

  #goOn(): void {
    if (!this.#records.goesOn) throw damaged('a text has no end');
    this.#records.next();
    this.#at = this.#records.start;
  }
}
