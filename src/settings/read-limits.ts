import type { Limit } from './limits.ts';

const LEAST_MEMORY = 64 * 2 ** 20;
/** A text of JavaScript cannot be longer. */
const LONGEST_TEXT = 500_000_000;

/** Every byte of a raw file is a stranger's; these bound what reading it can make us do. */
export const READ_LIMITS = {
  columns: { default: 10_000, minimum: 1, whole: true, meaning: 'columns of a table' },
  nameLength: { default: 10_000, minimum: 1, whole: true, meaning: "characters of a column's name" },
  lineLength: {
    default: 128 * 2 ** 20,
    minimum: 1,
    maximum: LONGEST_TEXT,
    whole: true,
    meaning: 'characters of one line of a CSV file, those in quotes included',
  },
  nesting: {
    default: 100,
    minimum: 1,
    whole: true,
    meaning: 'lists and objects of a GeoJSON file, or tables of a page, within each other',
  },
  pageNesting: {
    default: 10_000,
    minimum: 1,
    whole: true,
    meaning: 'elements of a page that are begun and not ended',
  },
  attributes: { default: 2_000, minimum: 1, whole: true, meaning: 'attributes of one element of a page' },
  sheetCells: {
    default: 1_000_000_000,
    minimum: 1,
    whole: true,
    meaning: 'rows times columns of a sheet, those without a value included',
  },
  pageCells: {
    default: 5_000_000,
    minimum: 1,
    whole: true,
    meaning: 'cells of all tables of a page, once for each row and column that they span',
  },
  memoryBytes: {
    default: 700 * 2 ** 20,
    minimum: LEAST_MEMORY,
    whole: true,
    meaning:
      'bytes that the database may hold in memory, and 192 KiB more for each column of a table of more than 1,000; `ENG_OUT_OF_MEMORY` says when it is not enough',
  },
} as const satisfies Record<string, Limit>;
