import { damaged } from './faults.ts';

/** Numbers of the records that are read; all others are passed over. */
export const RECORD = {
  formula: 0x0006,
  endOfPart: 0x000a,
  dateMode: 0x0022,
  filePass: 0x002f,
  continued: 0x003c,
  sheet: 0x0085,
  manyRk: 0x00bd,
  richText: 0x00d6,
  cellFormat: 0x00e0,
  sharedTexts: 0x00fc,
  sharedText: 0x00fd,
  number: 0x0203,
  text: 0x0204,
  truthOrError: 0x0205,
  formulaText: 0x0207,
  array: 0x0221,
  dataTable: 0x0236,
  rk: 0x027e,
  numberFormat: 0x041e,
  sharedFormula: 0x04bc,
  beginOfPart: 0x0809,
} as const;

/** Records of cells, each with the bytes that it has at least. */
export const CELL_BYTES: ReadonlyMap<number, number> = new Map([
  [RECORD.number, 14],
  [RECORD.rk, 10],
  [RECORD.manyRk, 12],
  [RECORD.sharedText, 10],
  [RECORD.text, 8],
  [RECORD.richText, 8],
  [RECORD.truthOrError, 8],
  [RECORD.formula, 14],
]);

const HEAD_BYTES = 4;

/** The records of a workbook, one after the other: a number that says what it is, a length, and as many bytes. */
export class Records {
  readonly bytes: Buffer;
  type = -1;
  start: number;
  /** Behind the last byte. */
  end: number;

  /** @param at where the first one begins */
  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.start = at;
    this.end = at;
  }

  get length(): number {
    return this.end - this.start;
  }

  /**
   * Goes to the next one.
   * @throws LifecycleError ING_BAD_FILE where there is none, since the last one of a part says so itself
   */
  next(): void {
    const { bytes, end: at } = this;
    if (at + HEAD_BYTES > bytes.length) throw damaged('it ends within a sheet');
    this.type = bytes.readUInt16LE(at);
    this.start = at + HEAD_BYTES;
    this.end = this.start + bytes.readUInt16LE(at + 2);
    if (this.end > bytes.length) throw damaged('it ends within a record');
  }

  /**
   * Goes to the next one of the same part, past those of parts within it, such as charts; false at its end.
   * @throws LifecycleError ING_BAD_FILE
   */
  nextOfPart(): boolean {
    for (let depth = 0; ; ) {
      this.next();
      if (this.type === RECORD.beginOfPart) depth++;
      else if (this.type !== RECORD.endOfPart) {
        if (depth === 0) return true;
      } else if (depth-- === 0) return false;
    }
  }

  /** @throws LifecycleError ING_BAD_FILE where it is shorter */
  expect(bytes: number): void {
    if (this.length < bytes) throw damaged(`a record has ${this.length} bytes`);
  }

  /** Whether the next one continues this one. */
  get goesOn(): boolean {
    const { bytes, end } = this;
    return end + HEAD_BYTES <= bytes.length && bytes.readUInt16LE(end) === RECORD.continued;
  }
}
