import { readFile } from 'node:fs/promises';
import type { CellObject, WorkSheet } from '@e965/xlsx';
import { LifecycleError } from '../../errors.ts';
import type { FileFormat } from '../../project/project.ts';
import { castColumn, isTextType } from '../dtype.ts';
import { inferTypes } from '../infer.ts';
import { findColumn, type Relation } from '../relation.ts';
import { uniqueNames } from './csv/head.ts';
import { type FormatContext, NULL_TOKENS } from './format.ts';
import { soleMember } from './members.ts';
import { pythonFloat } from './python-json.ts';
import { relationOf, type ValueColumn } from './value-columns.ts';
import { Clock, Float, Moment, type Value } from './values.ts';

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const sheet = await openSheet(
    file.toLowerCase().endsWith('.zip') ? await soleMember(file, context) : file,
    format.sheet_name,
  );
  const columns = await readColumns(sheet);
  const rows = columns[0]?.values.length ?? 0;
  return typed(columns, rows, (format.dtype ?? {}) as string | Record<string, string>, context);
}

async function openSheet(file: string, wanted: unknown): Promise<WorkSheet> {
  const [xlsx, fileBytes] = await Promise.all([import('@e965/xlsx'), readFile(file)]);
  const workbook = (() => {
    try {
      return xlsx.read(fileBytes, { dense: true, cellDates: false, cellNF: true, cellHTML: false, cellText: false });
    } catch (cause) {
      throw new LifecycleError('ING_BAD_FILE', 'the file cannot be read as a workbook', {
        cause,
        hint: 'open it in a spreadsheet program; it may be cut off, encrypted or of another format',
      });
    }
  })();
  const name =
    typeof wanted === 'number' ? workbook.SheetNames.at(wanted) : workbook.SheetNames.find((sheet) => sheet === wanted);
  const sheet = name === undefined ? undefined : workbook.Sheets[name];
  if (sheet) return sheet;
  throw new LifecycleError('ING_FILE_NOT_FOUND', `the workbook has no sheet ${JSON.stringify(wanted)}`, {
    hint: `its sheets are ${workbook.SheetNames.map((sheet) => JSON.stringify(sheet)).join(', ')}`,
  });
}

/** The first row is the header, even an empty one; columns begin at A. */
async function readColumns(sheet: WorkSheet): Promise<ValueColumn[]> {
  const { utils, SSF } = await import('@e965/xlsx');
  const isDate = (cell: CellObject) => typeof cell.z === 'string' && SSF.is_date(cell.z);
  const range = sheet['!ref'] ? utils.decode_range(sheet['!ref']) : undefined;
  const cells = (sheet['!data'] ?? []) as (CellObject | undefined)[][];
  if (!range) return [];
  const width = range.e.c + 1;
  const header = Array.from({ length: width }, (_, c) => headerText(cells[0]?.[c]));
  return uniqueNames(header).map((name, c) => {
    const values: Value[] = [];
    for (let r = 1; r <= range.e.r; r++) values.push(cellValue(cells[r]?.[c], isDate));
    return { name, values };
  });
}

function headerText(cell: CellObject | undefined): string {
  if (!cell || cell.v === undefined || cell.t === 'e') return '';
  return cell.t === 's' ? textIn(cell) : String(cell.v);
}

/** A character beyond the first Unicode plane, written as a number, which SheetJS cuts to sixteen bits. */
const ASTRAL_REFERENCE = /&#(?:x([0-9a-f]{5,6})|([0-9]{5,7}));/gi;

/** A cell's text. */
function textIn(cell: CellObject): string {
  const raw = cell.r;
  const text = cell.v as string;
  if (typeof raw !== 'string' || !raw.includes('&#')) return text;
  const points = [...raw.matchAll(ASTRAL_REFERENCE)]
    .map(([, hex, decimal]) => (hex ? Number.parseInt(hex, 16) : Number(decimal)))
    .filter((point) => point > 0xffff && point <= 0x10ffff);
  return points.reduce(
    (result, point) => result.replace(String.fromCharCode(point), String.fromCodePoint(point)),
    text,
  );
}

const DAY_MS = 86_400_000;
/** Day 0 of a workbook's calendar; 1900 was no leap year, but day 60 is its 29 February. */
const EPOCH_MS = Date.UTC(1899, 11, 30);

function cellValue(cell: CellObject | undefined, isDate: (cell: CellObject) => boolean): Value {
  if (!cell || cell.v === undefined) return null;
  switch (cell.t) {
    case 'n': {
      const number = cell.v as number;
      if (isDate(cell)) return dateValue(number);
      return Number.isInteger(number) && Math.abs(number) < 2 ** 63
        ? Number.isSafeInteger(number)
          ? number
          : BigInt(number)
        : new Float(number);
    }
    case 'b':
      return cell.v as boolean;
    case 's':
      return NULL_TOKENS.includes(textIn(cell)) ? null : textIn(cell);
    default:
      return null;
  }
}

function dateValue(serial: number): Value {
  const milliseconds = Math.round(serial * DAY_MS);
  if (serial >= 0 && serial < 1) return new Clock(new Date(milliseconds).toISOString().slice(11, 23));
  const shifted = serial < 60 ? milliseconds + DAY_MS : milliseconds;
  return new Moment(new Date(EPOCH_MS + shifted).toISOString().slice(0, 23).replace('T', ' '));
}

/** A value as text, as `dtype: str` reads it. */
function asText(value: Value): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Float) return pythonFloat(value.value);
  if (value instanceof Moment) return value.iso.replace(/\.000$/, '');
  return value instanceof Clock ? value.iso.replace(/\.000$/, '') : String(value);
}

async function typed(
  columns: readonly ValueColumn[],
  rows: number,
  dtype: string | Record<string, string>,
  context: FormatContext,
): Promise<Relation> {
  const declared = (name: string) => (typeof dtype === 'string' ? dtype : (dtype[name] ?? dtype.__default__));
  const prepared = columns.map((column): ValueColumn => {
    const word = declared(column.name);
    if (word !== undefined) return { ...column, values: column.values.map(asText) };
    const present = column.values.filter((value) => value !== null);
    const allBool = present.length > 0 && present.every((value) => typeof value === 'boolean');
    // Truth values beside empty cells are numbers by the time pandas has them.
    if (allBool && present.length < rows)
      return { ...column, values: column.values.map((value) => (value === null ? null : new Float(value ? 1 : 0))) };
    return numbersInText(present) ? { ...column, values: column.values.map(asText) } : column;
  });
  let relation = await relationOf(prepared, rows, context);
  const undeclared = relation.columns.filter(
    (column) => column.type === 'VARCHAR' && declared(column.name) === undefined,
  );
  if (rows > 0)
    relation = await inferTypes(
      context.engine,
      relation,
      undeclared.map((column) => column.name),
    );
  for (const { name } of columns) {
    const word = declared(name);
    if (word !== undefined && !isTextType(word))
      relation = await castColumn(context.engine, relation, findColumn(relation, name)!, word);
  }
  return relation;
}

const NUMERIC_TEXT = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/** Numbers beside text that looks like numbers: one column of numbers, read like text of a CSV file. */
function numbersInText(values: readonly Value[]): boolean {
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length === 0 || texts.length === values.length) return false;
  const others = values.every(
    (value) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value instanceof Float,
  );
  return others && texts.every((text) => NUMERIC_TEXT.test(text));
}
