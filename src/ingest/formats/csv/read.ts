import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../../engine/engine.ts';
import { literal, literalList } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import type { FileFormat } from '../../../project/project.ts';
import { parseDateColumn } from '../../dates/coerce.ts';
import { castColumn, isTextType } from '../../dtype.ts';
import { inferTypes } from '../../infer.ts';
import { findColumn, overTable, type Relation, type RelationColumn, withColumns } from '../../relation.ts';
import type { FormatContext } from '../format.ts';
import { soleMember } from '../members.ts';
import { encodingName, isCompressed } from './bytes.ts';
import { type CsvHead, readHead } from './head.ts';
import { readsDifferently } from './irregular.ts';
import { type CsvOptions, csvOptions } from './options.ts';
import { rewriteCsv } from './rewrite.ts';

/** Up to this size the text is kept in a table; above, the file is scanned again rather than copied. */
const KEEP_AS_TABLE_BYTES = 32 * 1024 * 1024;
/** What DuckDB takes by itself. Sixteen lines of this length are one buffer, and a buffer is one thread's work. */
const USUAL_LINE_BYTES = 2_000_000;
/** No null token: DuckDB wants one, so it gets one that no text file holds. */
const NO_NULL_TOKEN = '\u0001\u0002\u0001';

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const options = csvOptions(format);
  const source = await soleMember(file, context);
  const head = await readHead(source, options);
  const text = await readAsText(source, options, head, context);
  const kept = choose(text, options);
  return applyTypes(context.engine, kept, options, context.trustSample && kept.from.startsWith('read_csv('));
}

/** All fields as text, nulls in place of the null tokens. */
async function readAsText(file: string, options: CsvOptions, head: CsvHead, context: FormatContext): Promise<Relation> {
  if (await fitsStrictReader(file, options, head)) {
    try {
      return await scan(context, file, options, head, head.plainHeader && options.header !== undefined);
    } catch (error) {
      if (error instanceof LifecycleError) throw error;
      context.reporter.log('debug', 'the CSV file is irregular; it is rewritten first', { reason: firstLine(error) });
    }
  }
  const regular = path.join(context.workDir, 'regular.csv');
  const longestLine = await rewriteCsv(file, regular, options, head);
  const plain: CsvOptions = {
    ...options,
    dialect: { delimiter: ',', quote: '"', comment: undefined, skipInitialSpace: false },
  };
  return scan(context, regular, plain, head, false, longestLine);
}

const firstLine = (error: unknown) => (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));

async function fitsStrictReader(file: string, options: CsvOptions, head: CsvHead): Promise<boolean> {
  const { dialect } = options;
  return (
    !isCompressed(file) &&
    encodingName(options.encoding) === 'utf-8' &&
    head.width > 1 &&
    head.plainHeader &&
    options.skipRows === 0 &&
    options.maxRows === undefined &&
    dialect.comment === undefined &&
    !dialect.skipInitialSpace &&
    dialect.delimiter.length === 1 &&
    !(await readsDifferently(file, dialect))
  );
}

async function scan(
  { engine, trustSample }: FormatContext,
  file: string,
  options: CsvOptions,
  head: CsvHead,
  header: boolean,
  longestLine = 0,
): Promise<Relation> {
  const fields = Array.from({ length: head.width }, (_, i) => `c${i}: 'VARCHAR'`).join(', ');
  const quote = options.dialect.quote ?? '';
  const nullTokens = options.nullTokens.length > 0 ? options.nullTokens : [NO_NULL_TOKEN];
  const from = `read_csv(${literal(file)}, auto_detect = false, header = ${header}, columns = {${fields}}, delim = ${literal(
    options.dialect.delimiter,
  )}, quote = ${literal(quote)}, escape = ${literal(quote)}, nullstr = ${literalList(nullTokens)}, compression = 'none', max_line_size = ${Math.max(USUAL_LINE_BYTES, longestLine)})`;
  const names = Array.from({ length: head.width }, (_, i) => ({
    name: head.names[i] ?? `\0surplus ${i}`,
    type: 'VARCHAR',
  }));
  const { size } = await stat(file);
  if (size <= KEEP_AS_TABLE_BYTES) return overTable(await engine.materialize(`SELECT * FROM ${from}`), names);
  // The inference would meet irregular rows too, but not where every column is declared as text.
  if (!trustSample) await engine.row(`SELECT count(*) FROM ${from}`);
  return overTable(from, names);
}

/** Drops surplus fields, adds declared ones that the file does not have, and applies `usecols`. */
function choose(text: Relation, options: CsvOptions): Relation {
  const { names: given, usecols } = options;
  if (given && usecols?.length === given.length && usecols.every((at) => typeof at === 'number')) {
    return withColumns(text, namedPositions(text, given, usecols));
  }
  let columns = text.columns.filter((column) => !column.name.startsWith('\0surplus '));
  for (const name of options.names?.slice(columns.length) ?? []) {
    columns.push({ name, expression: 'NULL::VARCHAR', type: 'VARCHAR' });
  }
  if (options.usecols) {
    const names = columns.map((column) => column.name);
    const missing = options.usecols.filter((wanted) =>
      typeof wanted === 'number' ? columns[wanted] === undefined : !names.includes(wanted),
    );
    if (missing.length > 0) {
      throw new LifecycleError(
        'ING_MISSING_COLUMN',
        `usecols names columns that the file does not have: ${missing.join(', ')}`,
        {
          hint: `the file has ${names.join(', ')}`,
        },
      );
    }
    columns = columns.filter((column, i) => options.usecols!.includes(column.name) || options.usecols!.includes(i));
  }
  return withColumns(text, columns);
}

/** As many names as positions: the names are those of the fields that are used, in file order. */
function namedPositions(text: Relation, names: readonly string[], positions: readonly number[]): RelationColumn[] {
  const sorted = [...positions].sort((a, b) => a - b);
  return sorted.map((at, i) => {
    const column = text.columns[at];
    if (column) return { ...column, name: names[i]! };
    throw new LifecycleError(
      'ING_MISSING_COLUMN',
      `usecols asks for field ${at}, and a row has ${text.columns.length}`,
      {
        hint: 'fields count from 0; check `delimiter` too',
      },
    );
  });
}

async function applyTypes(
  engine: Engine,
  text: Relation,
  options: CsvOptions,
  trustSample: boolean,
): Promise<Relation> {
  const { dtype } = options;
  const typeOf = (name: string): string | undefined =>
    typeof dtype === 'string' ? dtype : (dtype[name] ?? dtype.__default__);
  const dates = new Set(options.parseDates);
  const undeclared = text.columns
    .map((column) => column.name)
    .filter((name) => typeOf(name) === undefined && !dates.has(name));
  const { rows } = (await engine.row(`SELECT count(*) AS rows FROM (SELECT 1 FROM ${text.from} LIMIT 1)`)) as {
    rows: string;
  };
  if (Number(rows) === 0) return text;

  let relation = await inferTypes(engine, text, undeclared, { ...options, trustSample });
  for (const { name } of text.columns) {
    const declared = typeOf(name);
    if (declared !== undefined && !isTextType(declared)) {
      relation = await castColumn(engine, relation, findColumn(relation, name)!, declared);
    } else if (dates.has(name)) {
      relation = await parseDateColumn(engine, relation, name);
    }
  }
  return relation;
}
