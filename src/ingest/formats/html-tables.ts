import { LifecycleError } from '../../errors.ts';
import { pythonStrip } from '../../pandas/python-text.ts';
import { PythonExpression } from '../../pandas/regex/expression.ts';
import { MatchLimit } from '../../pandas/regex/match-limit.ts';
import { badPattern, PatternProblem } from '../../pandas/regex/syntax.ts';
import { checkPage } from './html-bounds.ts';
import { beyondLimit, DEFAULT_READ_LIMITS, type ReadLimits } from './limits.ts';
import { findTables, type PageCell } from './page-tables.ts';
import { decoded } from './python-json.ts';

export interface HtmlTable {
  head: string[][];
  body: string[][];
}

/** Which tables of a page count. */
interface WantedTables {
  match?: string | undefined;
  attributes?: Readonly<Record<string, string>> | undefined;
  /** Whether what is not shown counts too. */
  hidden?: boolean;
}

/**
 * Tables of a page as text, cells that span others repeated as pandas repeats them. What is not shown does not count
 * unless it is wanted.
 *
 * @throws LifecycleError ING_BAD_EXPRESSION, ING_LIMIT
 */
export async function readTables(
  html: string,
  wanted: WantedTables = {},
  bounds: ReadLimits = DEFAULT_READ_LIMITS,
): Promise<HtmlTable[]> {
  const pattern = wanted.match === undefined ? undefined : regularExpression(wanted.match);
  checkPage(html, bounds);
  const { parsePage } = await import('./page-parser.ts');
  const found = findTables(parsePage(html), bounds, pattern !== undefined, wanted.hidden);
  const attributes = Object.entries(wanted.attributes ?? {});
  const tables: HtmlTable[] = [];
  const room = { cells: bounds.pageCells };
  for (const { attributes: given, rows, text } of found) {
    if (!attributes.every(([name, value]) => given[name] === String(value))) continue;
    if (pattern && !pattern(text.join(''))) continue;
    // The foot comes last, wherever it is written.
    const inOrder = (['head', 'body', 'foot'] as const).flatMap((section) =>
      rows.filter((row) => row.section === section),
    );
    const grid = expandSpans(
      inOrder.map((row) => row.cells),
      room,
      bounds,
    );
    let headRows = rows.filter((row) => row.section === 'head').length;
    // Without a <thead>, leading rows of nothing but <th> are the head.
    if (headRows === 0) while (headRows < inOrder.length && isHeading(inOrder[headRows]!.cells)) headRows++;
    const head = grid.slice(0, headRows).filter((row) => row.length > 0);
    const body = grid.slice(headRows).filter((row) => row.length > 0);
    if (head.length + body.length > 0) tables.push({ head, body });
  }
  return tables;
}

const isHeading = (cells: readonly PageCell[]) => cells.length > 0 && cells.every((cell) => cell.isHeader);

/** As pandas does it: a single blank stays what it is, and a line break beside blanks makes two of them. */
function collapsed(text: string): string {
  return pythonStrip(text.replace(/[\r\n]+|\s{2,}/g, ' '));
}

/** @throws LifecycleError ING_BAD_EXPRESSION for a pattern that Python refuses, or that does not come to an end */
function regularExpression(pattern: string): (text: string) => boolean {
  try {
    const expression = new PythonExpression(pattern);
    return (text) => {
      try {
        return expression.search(text);
      } catch (error) {
        if (!(error instanceof MatchLimit)) throw error;
        const what = `html kwargs match: ${JSON.stringify(pattern)} ${error.message} on a table of the page`;
        throw new LifecycleError('ING_BAD_EXPRESSION', what, { hint: 'write it so that its repetitions do not nest' });
      }
    };
  } catch (error) {
    if (error instanceof PatternProblem) throw badPattern(pattern, error);
    throw error;
  }
}

function expandSpans(rows: readonly (readonly PageCell[])[], room: { cells: number }, bounds: ReadLimits): string[][] {
  const grid: string[][] = rows.map(() => []);
  rows.forEach((cells, r) => {
    let c = 0;
    for (const cell of cells) {
      while (grid[r]![c] !== undefined) c++;
      const down = Math.min(cell.rows, rows.length - r);
      room.cells -= down * cell.columns;
      if (room.cells < 0) throw beyondLimit(bounds, 'pageCells', 'the tables of the page have more cells than', '');
      const text = collapsed(cell.text.join(''));
      for (let dr = 0; dr < down; dr++) {
        for (let dc = 0; dc < cell.columns; dc++) grid[r + dr]![c + dc] = text;
      }
      c += cell.columns;
    }
  });
  return grid.map((row) => Array.from(row, (text) => text ?? ''));
}

/** How far a page is searched for the name of its encoding. */
const HEAD_BYTES = 4096;

/**
 * The text of a page: in the encoding that is given or that the page names, else UTF-8, else Latin-1.
 *
 * @throws LifecycleError ING_BAD_ENCODING
 */
export function pageText(bytes: Buffer, given: string | null | undefined): string {
  const head = bytes.subarray(0, HEAD_BYTES).toString('latin1');
  const named = given ?? /<meta[^>]*charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1];
  if (named !== undefined) return decoded(bytes, named, 'replace');
  try {
    return decoded(bytes);
  } catch {
    return decoded(bytes, 'latin1');
  }
}
