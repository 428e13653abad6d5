import { readFile } from 'node:fs/promises';
import { LifecycleError } from '../../errors.ts';
import { NULL_TOKENS } from '../../null-tokens.ts';
import type { FileFormat } from '../../project/project.ts';
import { inferTypes } from '../infer.ts';
import type { Relation } from '../relation.ts';
import { uniqueNames } from './csv/head.ts';
import type { FormatContext } from './format.ts';
import { soleMember } from './members.ts';
import { relationOf } from './value-columns.ts';

interface HtmlOptions {
  header?: number | null;
  thousands?: string | null;
  skiprows?: number;
}

/** `flavor` chooses among Python's parsers; here there is one. */
const OPTIONS = ['header', 'thousands', 'skiprows', 'flavor'];

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const options = (format.kwargs ?? {}) as HtmlOptions;
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key)) {
      throw new LifecycleError('ING_BAD_OPTION', `html kwargs ${JSON.stringify(key)} is not known`, {
        hint: `use ${OPTIONS.join(', ')}`,
      });
    }
  }
  const tables = await readTables(await readFile(await soleMember(file, context), 'utf8'));
  const wanted = typeof format.table === 'number' ? format.table : 0;
  const table = tables.at(wanted);
  if (!table) {
    throw new LifecycleError(
      'ING_FILE_NOT_FOUND',
      tables.length === 0 ? 'the page has no table' : `the page has ${tables.length} tables, none is number ${wanted}`,
      {
        hint: 'tables count from 0; look at what the source answers',
      },
    );
  }
  return typed(table, options, context);
}

interface HtmlTable {
  head: string[][];
  body: string[][];
}

/** All tables of a page as text, cells that span others repeated as pandas repeats them. */
async function readTables(html: string): Promise<HtmlTable[]> {
  const { load } = await import('cheerio');
  const page = load(html);
  const tables: HtmlTable[] = [];
  page('table').each((_, element) => {
    const rows = page(element).find('tr').toArray();
    const own = rows.filter((row) => page(row).closest('table').get(0) === element);
    const grid = expandSpans(
      own.map((row) =>
        page(row)
          .children('td, th')
          .toArray()
          .map((cell) => ({
            text: page(cell).text().replace(/\s+/g, ' ').trim(),
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

async function typed(table: HtmlTable, options: HtmlOptions, context: FormatContext): Promise<Relation> {
  let all = [...table.head, ...table.body].slice(options.skiprows ?? 0);
  let names: string[];
  const width = Math.max(0, ...all.map((row) => row.length));
  const headerAt = options.header ?? (table.head.length > 0 ? table.head.length - 1 : undefined);
  if (headerAt === undefined) names = Array.from({ length: width }, (_, i) => String(i));
  else {
    const header = all[headerAt] ?? [];
    names = uniqueNames(Array.from({ length: width }, (_, i) => header[i] ?? ''));
    all = all.slice(headerAt + 1);
  }
  const columns = names.map((name, c) => ({
    name,
    values: all.map((row) => {
      const text = row[c];
      return text === undefined || NULL_TOKENS.includes(text) ? null : text;
    }),
  }));
  const relation = await relationOf(columns, all.length, context);
  const thousands = options.thousands === undefined ? ',' : (options.thousands ?? undefined);
  return all.length === 0 ? relation : inferTypes(context.engine, relation, names, { thousands });
}
