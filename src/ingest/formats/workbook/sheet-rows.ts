import type { ZipFiles } from '../../../archive/archive.ts';
import { BadCell, type Cell, type CellContext, cellValue } from './cell.ts';
import { TextCollector } from './shared-strings.ts';
import { type Attributes, badXml, readXml } from './xml.ts';

interface RowReader {
  /** @param row from 0, rising; rows that the file leaves out are left out here too */
  take(row: number, cells: Cell[]): void;
  /** Between rows, after some have come. */
  pause(bytes: number): Promise<void>;
}

/** The limits of the format. */
const MOST_ROWS = 1_048_576;
const MOST_COLUMNS = 16_384;

/**
 * Reads a worksheet row by row. What its `dimension` says is not looked at, since many programs write it wrong.
 * @throws LifecycleError ING_BAD_FILE
 */
export async function readRows(
  files: ZipFiles,
  sheet: { name: string; part: string },
  context: CellContext,
  reader: RowReader,
): Promise<void> {
  const inline = new TextCollector();
  let row = -1;
  let lastTaken = -1;
  let column = -1;
  let cells: Cell[] = [];
  let inRow = false;
  let attributes: Attributes | undefined;
  let value = '';
  let hasInline = false;
  let within: 'value' | 'inline' | undefined;

  const bad = (what: string) => badXml(`sheet ${JSON.stringify(sheet.name)}`, what);

  const endCell = () => {
    const { t: type = 'n', s = '0' } = attributes!;
    try {
      const written = { type, style: Number(s), value, inline: hasInline ? inline.end() : undefined };
      cells[column] = cellValue(written, context);
    } catch (error) {
      if (error instanceof BadCell) throw bad(`cell ${columnLetters(column)}${row + 1}: ${error.message}`);
      throw error;
    }
    attributes = undefined;
  };

  await readXml(files.read(sheet.part), sheet.part, {
    open(name, given) {
      if (attributes) {
        if (name === 'v') within = 'value';
        else if (name === 'is') {
          within = 'inline';
          hasInline = true;
          inline.begin();
        } else if (within === 'inline') inline.open(name);
      } else if (name === 'c' && inRow) {
        attributes = given;
        column = given.r === undefined ? column + 1 : columnOf(given.r, bad);
        if (column >= MOST_COLUMNS) throw bad(`it has more than ${MOST_COLUMNS} columns`);
        value = '';
        hasInline = false;
        within = undefined;
      } else if (name === 'row') {
        inRow = true;
        row = given.r === undefined ? row + 1 : rowOf(given.r, bad);
        if (row >= MOST_ROWS) throw bad(`it has more than ${MOST_ROWS} rows`);
        column = -1;
        cells = [];
      }
    },
    close(name) {
      if (name === 'c' && attributes) endCell();
      else if (name === 'v' || name === 'is') within = undefined;
      else if (within === 'inline') inline.close(name);
      else if (name === 'row' && inRow) {
        inRow = false;
        // A row that comes again, or too late, is not taken.
        if (row > lastTaken) reader.take(row, cells);
        lastTaken = Math.max(lastTaken, row);
      }
    },
    text(piece) {
      if (within === 'value') value += piece;
      else if (within === 'inline') inline.add(piece);
    },
    pause: (bytes) => reader.pause(bytes),
  });
}

type Bad = (what: string) => Error;

/** `AB12` as the number of its column, from 0. */
function columnOf(reference: string, bad: Bad): number {
  let column = 0;
  let i = reference.startsWith('$') ? 1 : 0;
  for (; i < reference.length; i++) {
    const letter = reference.charCodeAt(i) & 0xdf;
    if (letter < 65 || letter > 90) break;
    column = column * 26 + letter - 64;
  }
  if (column === 0 || column > 1e6 || !/^\$?\d+$/u.test(reference.slice(i)))
    throw bad(`a cell is called ${JSON.stringify(reference)}`);
  return column - 1;
}

export function columnLetters(column: number): string {
  const rest = Math.floor(column / 26);
  return `${rest > 0 ? columnLetters(rest - 1) : ''}${String.fromCharCode(65 + (column % 26))}`;
}

function rowOf(text: string, bad: Bad): number {
  const row = Number(text);
  if (!Number.isInteger(row) || row < 1) throw bad(`a row has the number ${JSON.stringify(text)}`);
  return row - 1;
}
