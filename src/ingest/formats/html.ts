import { readFile } from 'node:fs/promises';
import { escapePattern } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { inferTypes } from '../../pandas/infer.ts';
import { NULL_TOKENS } from '../../pandas/null-tokens.ts';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import type { Relation } from '../../relation/relation.ts';
import { uniqueNames } from './csv/head.ts';
import type { FormatContext } from './format.ts';
import { type HtmlTable, pageText, readTables } from './html-tables.ts';
import { checkColumns } from './limits.ts';
import { soleMember } from './members.ts';
import { RowFile } from './row-file.ts';

interface HtmlOptions {
  header?: number | null;
  thousands?: string | null;
  skiprows?: number;
  /** Only tables that hold text of this pattern. */
  match?: string;
  /** Only tables with these attributes. */
  attrs?: Record<string, string>;
  encoding?: string | null;
  na_values?: unknown;
  keep_default_na?: boolean;
  /** False: cells and tables that a page hides count too. */
  displayed_only?: boolean;
}

/** `flavor` chooses among Python's parsers; here there is one. */
const OPTIONS = [
  'header',
  'thousands',
  'skiprows',
  'match',
  'attrs',
  'encoding',
  'na_values',
  'keep_default_na',
  'displayed_only',
  'flavor',
];

export async function read(file: string, format: FormatArguments<'html'>, context: FormatContext): Promise<Relation> {
  const options = (format.kwargs ?? {}) as HtmlOptions;
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key)) {
      throw new LifecycleError('ING_BAD_OPTION', `html kwargs ${JSON.stringify(key)} is not known`, {
        hint: `use ${OPTIONS.join(', ')}`,
      });
    }
  }
  const page = pageText(await readFile(await soleMember(file, context)), options.encoding);
  const tables = await readTables(
    page,
    { match: options.match, attributes: options.attrs, hidden: options.displayed_only === false },
    context.bounds,
  );
  const { table: wanted } = format;
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

async function typed(table: HtmlTable, options: HtmlOptions, context: FormatContext): Promise<Relation> {
  const wanted = [...table.head, ...table.body].slice(options.skiprows ?? 0);
  // As pandas has it, a row without text does not count where all rows have one cell.
  const isNarrow = table.body.every((row) => row.length <= 1);
  let all = isNarrow ? wanted.filter((row) => row.length > 1 || row[0] !== '') : wanted;
  let names: string[];
  const nulls = new Set([
    ...(options.keep_default_na === false ? [] : NULL_TOKENS),
    ...[options.na_values ?? []].flat().map(String),
  ]);
  const width = all.reduce((most, row) => Math.max(most, row.length), 0);
  const headerAt = options.header ?? (table.head.length > 0 ? table.head.length - 1 : undefined);
  if (options.header === undefined && table.head.length > 1 && options.skiprows === undefined) {
    // A head of several rows makes names of several levels, which are written as Python writes a tuple.
    names = uniqueNames(
      Array.from({ length: width }, (_, i) => `(${table.head.map((row) => `'${row[i] ?? ''}'`).join(', ')})`),
    );
    all = all.slice(table.head.length);
  } else if (headerAt === undefined) names = Array.from({ length: width }, (_, i) => String(i));
  else {
    const header = all[headerAt] ?? [];
    names = uniqueNames(Array.from({ length: width }, (_, i) => header[i] ?? ''));
    all = all.slice(headerAt + 1);
  }
  // As pandas has it, separators go from whatever holds nothing but digits, points, minus signs and carets, number or not.
  const thousands = options.thousands === undefined ? ',' : options.thousands;
  const isLikeNumber = thousands ? new RegExp(`^[-0-9.^${escapePattern(thousands)}]*$`) : undefined;
  checkColumns({ names }, context.bounds);
  const file = await RowFile.create(context);
  try {
    for (const row of all) {
      file.add(
        names.map((_, c) => {
          const cell = row[c] ?? '';
          const text = isLikeNumber?.test(cell) ? cell.replaceAll(thousands!, '') : cell;
          return nulls.has(text) ? null : text;
        }),
      );
      await file.flush();
    }
  } finally {
    await file.close();
  }
  const columns = names.map((name, c) => ({ name, type: file.tallies[c]?.values ? 'VARCHAR' : 'DOUBLE' }));
  const relation = file.relation(columns);
  return all.length === 0 ? relation : inferTypes(context.engine, relation, names);
}
