import type { Engine } from '../../../engine/engine.ts';
import { castColumn, isTextType } from '../../../pandas/dtype.ts';
import { inferTypes } from '../../../pandas/infer.ts';
import { NULL_TOKENS } from '../../../pandas/null-tokens.ts';
import { findColumn, type Relation } from '../../../relation/relation.ts';
import { uniqueNames } from '../csv/head.ts';
import { beyondLimit, checkColumns, type ReadLimits } from '../limits.ts';
import { pythonFloat } from '../python-json.ts';
import type { RowFile } from '../row-file.ts';
import { holdsOnly, type Tally, typeOf } from '../value-kinds.ts';
import { Clock, Day, Float, Moment, type Value } from '../values.ts';
import type { Cell } from './cell.ts';
import { columnLetters } from './sheet-rows.ts';

/** `dtype` of a file_format: one word for all columns, or words by column, `__default__` for the others. */
export type Dtype = string | Readonly<Record<string, string>>;

const NO_VALUE = new Set(NULL_TOKENS);
/** What numbers beside text may look like for the text to be read as numbers too. */
const NUMBER_IN_TEXT = /^\s*[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf|infinity)\s*$/iu;

/** How a column gets its type once all rows are known. */
interface ColumnPlan {
  name: string;
  /** As it is read from the file. */
  type: string;
  /** Its text is looked at, as text of a CSV file is. */
  infer: boolean;
  /** Truth values among numbers, which count as 1 and 0. */
  truthAsNumber: boolean;
}

/**
 * Rows of a worksheet on their way into a table, typed as pandas types them. The first row is the header, even a blank
 * one; blank rows between others are rows, those at the end are not; columns begin at A and end where the last value is.
 */
export class SheetTable {
  readonly #file: RowFile;
  readonly #dtype: Dtype;
  #header: string[] | undefined;
  #names: string[] = [];
  /** Of the row that comes next. */
  #next = 1;
  /** A word of `dtype` a column, looked up once. */
  readonly #declared: (string | undefined)[] = [];
  /** Whether no text of a column is anything but a number. */
  readonly #numericTexts: boolean[] = [];

  readonly #bounds: ReadLimits;
  #width = 0;

  constructor(file: RowFile, dtype: Dtype, bounds: ReadLimits) {
    this.#file = file;
    this.#bounds = bounds;
    this.#dtype = dtype;
  }

  /** @param row from 0, rising */
  take(row: number, cells: readonly Cell[]): void {
    let width = cells.length;
    while (width > 0 && cells[width - 1] === undefined) width--;
    if (width === 0) return;
    this.#width = Math.max(this.#width, width);
    if ((row + 1) * this.#width > this.#bounds.sheetCells) {
      const cell = `${columnLetters(width - 1)}${row + 1}`;
      const what = `the sheet reaches down to row ${row + 1} and right to column ${columnLetters(this.#width - 1)} (cell ${cell}), over more than`;
      throw beyondLimit(this.#bounds, 'sheetCells', what, 'cells');
    }
    if (row === 0) {
      this.#header = Array.from({ length: width }, (_, i) => headerText(cells[i]));
      checkColumns({ names: this.#header }, this.#bounds);
      this.#names = uniqueNames(this.#header);
      return;
    }
    this.#header ??= [];
    for (; this.#next < row; this.#next++) this.#file.add([]);
    const values = new Array<Value>(width);
    for (let i = 0; i < width; i++) values[i] = this.#value(cells[i], i);
    this.#file.add(values);
    this.#next++;
  }

  #value(cell: Cell, column: number): Value {
    if (cell === undefined || cell === null || (typeof cell === 'string' && NO_VALUE.has(cell))) return null;
    const word = this.#word(column);
    if (word !== undefined) return keepsKinds(word) ? cell : textOf(cell, isTextType(word));
    if (typeof cell === 'string' && this.#numericTexts[column] !== false) {
      this.#numericTexts[column] = NUMBER_IN_TEXT.test(cell);
    }
    return cell;
  }

  #word(column: number): string | undefined {
    if (!(column in this.#declared)) this.#declared[column] = this.#lookUp(column);
    return this.#declared[column];
  }

  /** A repeated column, renamed, goes by the word of the first of its name. */
  #lookUp(column: number): string | undefined {
    const dtype = this.#dtype;
    if (typeof dtype === 'string') return dtype;
    const own = (name: string | undefined) =>
      name !== undefined && Object.hasOwn(dtype, name) ? dtype[name] : undefined;
    return own(this.#names[column] ?? `Unnamed: ${column}`) ?? own(this.#header?.[column]) ?? own('__default__');
  }

  /**
   * The table, after its file was closed.
   * @throws LifecycleError ING_MIXED_TYPES, ING_NUMBER_TOO_LARGE, ING_BAD_VALUE, ING_BAD_OPTION
   */
  async relation(engine: Engine): Promise<Relation> {
    const { tallies, rows } = this.#file;
    const header = this.#header ?? [];
    const width = Math.max(header.length, tallies.length);
    const names = uniqueNames(Array.from({ length: width }, (_, i) => header[i] ?? ''));
    const plans = names.map((name, i) => this.#plan(name, i, tallies[i], rows));
    let relation = this.#file.relation(plans);
    relation = {
      ...relation,
      columns: relation.columns.map((column, i) =>
        plans[i]!.truthAsNumber ? { ...column, expression: truthAsNumber(column.expression) } : column,
      ),
    };
    const inferred = plans.filter((plan) => plan.infer).map((plan) => plan.name);
    if (rows > 0) relation = await inferTypes(engine, relation, inferred);
    for (const [i, name] of names.entries()) {
      const word = this.#word(i);
      if (word === undefined || isTextType(word) || keepsKinds(word)) continue;
      relation = await castColumn(engine, relation, findColumn(relation, name)!, word, cellIn(i));
    }
    return relation;
  }

  #plan(name: string, column: number, tally: Tally | undefined, rows: number): ColumnPlan {
    const plan = { name, infer: false, truthAsNumber: false };
    const placeOf = cellIn(column);
    const word = this.#word(column);
    if (word !== undefined && !keepsKinds(word)) return { ...plan, type: 'VARCHAR' };
    if (!tally || tally.kinds.size === 0) return { ...plan, type: 'DOUBLE' };
    if (word !== undefined) return { ...plan, type: typeOf(name, tally, rows, placeOf) };
    if (holdsOnly(tally, 'text')) return { ...plan, type: 'VARCHAR', infer: true };
    if (holdsOnly(tally, 'bool')) return { ...plan, type: tally.values < rows ? 'DOUBLE' : 'BOOLEAN' };
    const truth = tally.kinds.has('bool');
    const texts = tally.kinds.has('text');
    const numbers =
      holdsOnly(tally, 'bool', 'integer', 'float', 'text') && (!texts || this.#numericTexts[column] === true);
    if (numbers && (truth || texts)) return { ...plan, type: 'VARCHAR', infer: true, truthAsNumber: truth };
    return { ...plan, type: typeOf(name, tally, rows, placeOf) };
  }
}

/** A cell as Excel shows it: the header is row 1. */
const cellIn = (column: number) => (row: number) => `cell ${columnLetters(column)}${row + 1}`;

/** Types that hold the cells as they are: numbers stay numbers, and text is not looked into. */
const keepsKinds = (word: string) => ['object', 'O', 'category'].includes(word);

const truthAsNumber = (text: string) => `CASE ${text} WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE ${text} END`;

function headerText(cell: Cell): string {
  if (cell === undefined) return '';
  return cell === null ? 'nan' : textOf(cell, true);
}

/** A value as Python's str() writes it. @param words truth values as words, not as 1 and 0 */
function textOf(value: Exclude<Value, null>, words: boolean): string {
  if (typeof value === 'boolean') return words ? (value ? 'True' : 'False') : String(Number(value));
  if (value instanceof Float)
    return Number.isInteger(value.value) ? String(BigInt(value.value)) : pythonFloat(value.value);
  return value instanceof Moment || value instanceof Day || value instanceof Clock ? value.iso : String(value);
}
