import { LifecycleError } from '../../../errors.ts';
import { checkColumns, type ReadLimits } from '../limits.ts';
import { readText } from './bytes.ts';
import type { CsvOptions } from './options.ts';
import { recordReader } from './pattern-lines.ts';

/** What the first records of a file say about all of it. */
export interface CsvHead {
  /** Unique names, one for each field that is kept. */
  names: string[];
  /** Fields of a record; a later one with more is an error. */
  width: number;
  /** The header, if there is one, is the first line that options do not skip, so that DuckDB can skip it. */
  plainHeader: boolean;
}

/** Mostly holds the first records, which are all that is wanted. */
const HEAD_BYTES = 1 << 16;

/** Reads records from the beginning until `enough` says so. */
async function firstRecords(
  file: string,
  options: CsvOptions,
  wanted: number,
  bounds: ReadLimits,
): Promise<{ records: string[][]; lines: number[]; hasOddQuotes: boolean }> {
  const records: string[][] = [];
  const lines: number[] = [];
  const keep = (record: string[]) => {
    if (record.length === 0 && options.skipBlankLines) return;
    records.push(record);
    lines.push(tokenizer.lines);
  };
  const tokenizer = recordReader(options.dialect, keep, options.skipRows, bounds);
  let complete = false;
  for await (const text of readText(file, options, HEAD_BYTES)) {
    tokenizer.push(text);
    if (records.length >= wanted) {
      complete = true;
      break;
    }
  }
  if (!complete) tokenizer.end();
  return { records, lines, hasOddQuotes: tokenizer.hasOddQuotes };
}

/**
 * @throws LifecycleError ING_EMPTY_FILE when there is nothing to read a header from, ING_LIMIT
 */
export async function readHead(file: string, options: CsvOptions, bounds: ReadLimits): Promise<CsvHead> {
  const headerAt = options.header;
  const { records, lines, hasOddQuotes } = await firstRecords(file, options, (headerAt ?? -1) + 2, bounds);
  const header = headerAt === undefined ? undefined : records[headerAt];
  if (records.length === 0 || (headerAt !== undefined && header === undefined && !options.names)) {
    throw new LifecycleError('ING_EMPTY_FILE', 'the CSV file is empty: it has not even a header', {
      hint: 'look at what the source answers; an empty answer is never a dataset',
    });
  }
  if (header?.length === 0) {
    throw new LifecycleError(
      'ING_BAD_OPTION',
      'the header of the CSV file is a blank line, and skip_blank_lines is false',
      {
        hint: 'leave out the lines above the header with skiprows, or say which line it is with header',
      },
    );
  }
  const firstRow = records[(headerAt ?? -1) + 1];
  if (options.names && header && options.names.length > Math.max(header.length, firstRow?.length ?? 0)) {
    throw new LifecycleError('ING_BAD_OPTION', `csv option names has ${options.names.length} names for fewer fields`, {
      hint: `the header has ${header.length}: ${header.join(', ')}`,
    });
  }
  if (
    header &&
    options.indexColumns.length > 0 &&
    !options.names &&
    !options.usecols &&
    (firstRow?.length ?? 0) > header.length
  ) {
    const what = `the first row has ${firstRow?.length} fields and the header ${header.length}`;
    throw new LifecycleError('ING_BAD_OPTION', `${what}: with index_col nobody can say which name is whose`, {
      hint: 'leave index_col out, which drops surplus fields, or give all fields names with names and header: 0',
    });
  }
  const names = options.names ?? uniqueNames(header ?? []);
  const width = Math.max(header?.length ?? 0, firstRow?.length ?? 0, options.names?.length ?? 0, 1);
  checkColumns({ length: width, names }, bounds);
  const headerLine = headerAt === undefined ? 0 : (lines[headerAt] ?? 1);
  return {
    names,
    width,
    plainHeader:
      !hasOddQuotes && (headerAt === undefined || (headerAt === 0 && areSkipped(options.skipRows, headerLine - 1))),
  };
}

/** The line of the file, from 1, at which a row begins; rows count from 1, without the header. */
export async function lineOfRow(
  file: string,
  options: CsvOptions,
  row: number,
  width: number,
  bounds: ReadLimits,
): Promise<number> {
  let left = row + (options.header === undefined ? 0 : options.header + 1);
  let line = 0;
  const { skipBlankLines, onBadLines, usecols } = options;
  const take = (record: string[]) => {
    const isLeftOut = onBadLines !== 'error' && usecols === undefined && record.length > width;
    if (isLeftOut || (record.length === 0 && skipBlankLines)) return;
    if (--left === 0) line = tokenizer.line;
  };
  const tokenizer = recordReader(options.dialect, take, options.skipRows, bounds);
  for await (const text of readText(file, options)) {
    tokenizer.push(text);
    if (left <= 0) return line;
  }
  tokenizer.end();
  return line;
}

/** Whether all of the first lines are left out. */
function areSkipped(skip: CsvOptions['skipRows'], lines: number): boolean {
  if (typeof skip === 'number') return lines <= skip;
  return Array.from({ length: lines }, (_, line) => line).every((line) => skip.has(line));
}

/** An empty name becomes `Unnamed: 3`, a repeated one `name.1`, as pandas has them. */
export function uniqueNames(header: readonly string[]): string[] {
  const named = header.map((name, i) => (name === '' ? `Unnamed: ${i}` : name));
  const taken = new Set(named);
  const seen = new Set<string>();
  const repeats = new Map<string, number>();
  const unique = [...named];
  const rename = (name: string, i: number) => {
    if (!seen.has(name)) {
      seen.add(name);
      return;
    }
    let n = repeats.get(name) ?? 0;
    let candidate: string;
    do {
      n++;
      candidate = `${name}.${n}`;
    } while (taken.has(candidate));
    repeats.set(name, n);
    taken.add(candidate);
    seen.add(candidate);
    unique[i] = candidate;
  };
  // A column that is called `Unnamed: 2` keeps its name beside one that has none.
  for (const wanted of [true, false]) {
    named.forEach((name, i) => {
      if ((header[i] !== '') === wanted) rename(name, i);
    });
  }
  return unique;
}
