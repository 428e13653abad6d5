import { LifecycleError } from '../../errors.ts';
import { PythonExpression } from '../pandas/regex/expression.ts';
import { MatchLimit } from '../pandas/regex/matcher.ts';
import { badPattern, PatternProblem } from '../pandas/regex/syntax.ts';
import { pythonStrip } from '../python-text.ts';
import { decoded } from './python-json.ts';

export interface HtmlTable {
  head: string[][];
  body: string[][];
}

/** Which tables of a page count. */
export interface WantedTables {
  match?: string | undefined;
  attributes?: Readonly<Record<string, string>> | undefined;
}

/**
 * Tables of a page as text, cells that span others repeated as pandas repeats them. What is not shown does not count.
 *
 * @throws LifecycleError ING_BAD_EXPRESSION
 */
export async function readTables(html: string, wanted: WantedTables = {}): Promise<HtmlTable[]> {
  const { load } = await import('cheerio');
  const page = load(html);
  page('style').remove();
  page('[style]')
    .filter((_, element) => (page(element).attr('style') ?? '').replaceAll(' ', '').includes('display:none'))
    .remove();
  page('br').replaceWith('\n');
  const pattern = wanted.match === undefined ? undefined : regularExpression(wanted.match);
  const tables: HtmlTable[] = [];
  page('table').each((_, element) => {
    const attributes = Object.entries(wanted.attributes ?? {});
    if (!attributes.every(([name, value]) => page(element).attr(name) === String(value))) return;
    if (pattern && !pattern(page(element).text())) return;
    const rows = page(element).find('tr').toArray();
    const own = rows.filter((row) => page(row).closest('table').get(0) === element);
    const grid = expandSpans(
      own.map((row) =>
        page(row)
          .children('td, th')
          .toArray()
          .map((cell) => ({
            text: collapsed(page(cell).text()),
            header: (cell as { tagName?: string }).tagName === 'th',
            columns: Number(page(cell).attr('colspan')) || 1,
            rows: Number(page(cell).attr('rowspan')) || 1,
          })),
      ),
    );
    const inHead = own.map((row) => page(row).parent().is('thead'));
    let headRows = inHead.lastIndexOf(true) + 1;
    // Without a <thead>, leading rows of nothing but <th> are the head.
    if (headRows === 0) {
      while (
        headRows < own.length &&
        page(own[headRows]!).children('td').length === 0 &&
        page(own[headRows]!).children('th').length > 0
      )
        headRows++;
    }
    const filled = grid.filter((row) => row.length > 0);
    if (filled.length > 0)
      tables.push({
        head: grid.slice(0, headRows).filter((row) => row.length > 0),
        body: grid.slice(headRows).filter((row) => row.length > 0),
      });
  });
  return tables;
}

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

interface Cell {
  text: string;
  columns: number;
  rows: number;
}

function expandSpans(rows: readonly (readonly Cell[])[]): string[][] {
  const grid: string[][] = rows.map(() => []);
  rows.forEach((cells, r) => {
    let c = 0;
    for (const cell of cells) {
      while (grid[r]![c] !== undefined) c++;
      for (let dr = 0; dr < Math.min(cell.rows, rows.length - r); dr++) {
        for (let dc = 0; dc < cell.columns; dc++) grid[r + dr]![c + dc] = cell.text;
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
