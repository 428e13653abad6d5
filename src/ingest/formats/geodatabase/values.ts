import { isUtf8 } from 'node:buffer';
import { LifecycleError } from '../../../errors.ts';
import type { StagedColumn, StagedType } from '../staged/column.ts';
import { Broken, type Cursor } from './bytes.ts';
import type { Field } from './fields.ts';

/** Reads the value that follows; without a column it is passed over. */
export type ReadValue = (cursor: Cursor, column: StagedColumn | undefined) => void;

interface ValueReader {
  /** Of a field that becomes a column. */
  type: StagedType | undefined;
  read: ReadValue;
}

export interface TableFacts {
  isUtf8: boolean;
  /** Fields of moments that keep parts of a second. */
  exactMoments: ReadonlySet<string>;
}

/** How the values of a field lie in a row; a geometry is read elsewhere and passed over here. */
export function valueReader(field: Field, table: TableFacts): ValueReader {
  switch (field.type) {
    case 'int16':
    case 'int32': {
      const isShort = field.type === 'int16';
      const read: ReadValue = (cursor, column) => {
        const value = isShort ? cursor.int16() : cursor.int32();
        column?.addNumber(value);
      };
      return { type: field.type, read };
    }
    case 'int64':
      return { type: 'int64', read: (cursor, column) => void readInt64(cursor, column) };
    case 'float':
      return {
        type: 'float',
        read(cursor, column) {
          const value = cursor.bytes.readFloatLE(cursor.take(4));
          addFinite(column, value);
        },
      };
    case 'double':
      return { type: 'double', read: (cursor, column) => addFinite(column, cursor.double()) };
    case 'text':
    case 'xml':
      return { type: 'text', read: textReader(field.name, table.isUtf8 || field.type === 'xml') };
    case 'guid':
    case 'globalId':
      return { type: 'text', read: readGuid };
    case 'moment':
      return { type: 'moment', read: momentReader(table.exactMoments.has(field.name)) };
    case 'momentWithOffset':
      return { type: 'moment', read: readMomentWithOffset };
    case 'date':
      return { type: 'moment', read: momentReader(false) };
    case 'time':
      return { type: 'clock', read: readTime };
    case 'binary':
    case 'geometry':
      return { type: field.type === 'binary' ? 'bytes' : undefined, read: readBytes };
    case 'raster':
      return rasterReader(field);
    case 'objectId':
      return { type: undefined, read: () => {} };
  }
}

function readInt64(cursor: Cursor, column: StagedColumn | undefined): void {
  const value = cursor.bytes.readBigInt64LE(cursor.take(8));
  column?.addBigInt(value);
}

function addFinite(column: StagedColumn | undefined, value: number): void {
  // pandas takes it for a null.
  if (Number.isNaN(value)) column?.addNull();
  else column?.addNumber(value);
}

function readBytes(cursor: Cursor, column: StagedColumn | undefined): void {
  const length = cursor.varuint();
  const start = cursor.take(length);
  column?.addBytes(cursor.bytes, start, start + length);
}

function rasterReader({ raster }: Field): ValueReader {
  if (raster === 'managed') return { type: 'int32', read: readInt32 };
  if (raster === 'external') return { type: 'text', read: textReader('', false) };
  return { type: 'bytes', read: readBytes };
}

function textReader(name: string, inUtf8: boolean): ReadValue {
  return (cursor, column) => {
    const length = cursor.varuint();
    const start = cursor.take(length);
    if (!column) return;
    if (!inUtf8) return column.addText(cursor.bytes.toString('utf16le', start, start + (length & ~1)));
    const { bytes } = cursor;
    let end = start;
    let isAscii = true;
    for (; end < start + length && bytes[end] !== 0; end++) if (bytes[end]! >= 0x80) isAscii = false;
    if (!isAscii && !isUtf8(bytes.subarray(start, end))) throw badText(name);
    column.addBytes(bytes, start, end);
  };
}

function badText(name: string): LifecycleError {
  return new LifecycleError(
    'ING_BAD_ENCODING',
    `column ${JSON.stringify(name)} of the geodatabase holds text that is no UTF-8`,
    {
      hint: 'the text of a geodatabase is always UTF-8, so the file is damaged: fetch it again, or mend it at the source',
    },
  );
}

/** As ArcGIS writes it; the first three groups lie with their lowest byte first. */
function readGuid(cursor: Cursor, column: StagedColumn | undefined): void {
  const start = cursor.take(16);
  if (!column) return;
  const order = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15];
  const hex = order.map((i) => (i < 0 ? '-' : cursor.bytes[start + i]!.toString(16).toUpperCase().padStart(2, '0')));
  column.addText(`{${hex.join('')}}`);
}

/** Days since the end of 1899 are counted; these are the days until 1970. */
const DAYS_UNTIL_1970 = 25_569;
const DAY_SECONDS = 86_400;
/** The years 1 to 9999, in seconds since 1970. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

function addMoment(column: StagedColumn | undefined, days: number, isExact: boolean): void {
  const seconds = (days - DAYS_UNTIL_1970) * DAY_SECONDS;
  const rounded = isExact ? Math.round(seconds * 1000) / 1000 : Math.floor(seconds + 0.5);
  if (!(rounded >= FIRST_SECOND && rounded <= LAST_SECOND)) throw new Broken('a moment is out of range');
  column?.addNumber(Math.round(rounded * 1e6));
}

/** Whole seconds, unless the field is of high precision, which has milliseconds. */
function momentReader(isExact: boolean): ReadValue {
  return (cursor, column) => addMoment(column, cursor.double(), isExact);
}

/** The clock of some place, and how many minutes that is ahead of UTC. */
const readMomentWithOffset: ReadValue = (cursor, column) => {
  const days = cursor.double();
  const minutes = cursor.int16();
  addMoment(column, days - minutes / 1440, true);
};

const readTime: ReadValue = (cursor, column) => {
  const milliseconds = Math.round(cursor.double() * DAY_SECONDS * 1000);
  if (!(milliseconds >= 0 && milliseconds <= DAY_SECONDS * 1000)) throw new Broken('a time of day is out of range');
  column?.addNumber(Math.min(milliseconds, DAY_SECONDS * 1000 - 1) * 1000);
};

function readInt32(cursor: Cursor, column: StagedColumn | undefined): void {
  const value = cursor.int32();
  column?.addNumber(value);
}
