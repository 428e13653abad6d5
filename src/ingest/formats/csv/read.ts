import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../../engine/engine.ts';
import { LifecycleError } from '../../../errors.ts';
import { castColumn, isTextType, type PlaceOf } from '../../../pandas/dtype.ts';
import { inferTypes, SAMPLE_ROWS } from '../../../pandas/infer.ts';
import { plainNumber } from '../../../pandas/text-kinds.ts';
import type { FormatArguments } from '../../../project/vocabulary/formats.ts';
import { findColumn, overTable, type Relation, type RelationColumn } from '../../../relation/relation.ts';
import type { FormatContext } from '../format.ts';
import { beyondLimit } from '../limits.ts';
import { soleMember } from '../members.ts';
import { choose, withColumnNulls, withoutIndex } from './columns.ts';
import { cutLines } from './cut.ts';
import { type CsvHead, lineOfRow, readHead } from './head.ts';
import { readsAsPandas } from './irregular.ts';
import { type CsvOptions, csvOptions } from './options.ts';
import { plainFile } from './plain-file.ts';
import { regularCsv } from './regular.ts';
import { type LeftOut, rewriteCsv } from './rewrite.ts';
import { type CsvScan, paddedScan, strictScan } from './scan.ts';

/** Up to this size it takes no time to look at every byte first. */
const LOOK_THROUGH_BYTES = 8 * 1024 * 1024;
/** The text of a file that was looked through is kept in a table up to so many times that size. */
const KEEP_LOOKED_THROUGH = 4;

/**
 * Up to this size the text is kept in a table; above, the file is scanned again rather than copied. Where the first rows
 * stand for all, it is mostly scanned once.
 */
function keepAsTableBytes({ lookThroughBytes = LOOK_THROUGH_BYTES, trustSample }: FormatContext): number {
  return trustSample ? lookThroughBytes : KEEP_LOOKED_THROUGH * lookThroughBytes;
}

export async function read(file: string, format: FormatArguments<'csv'>, context: FormatContext): Promise<Relation> {
  const given = await csvOptions(format);
  const { file: source, options } = await plainFile(await soleMember(file, context), given, context);
  const head = await readHead(source, options, context.bounds);
  const { relation, sample } = await readAsText(source, options, head, context);
  const kept = withoutIndex(withColumnNulls(choose(relation, options), options), options);
  const trustSample = context.trustSample && relation.from !== sample;
  const placeOf = async (row: number) => `line ${await lineOfRow(source, options, row, head.width, context.bounds)}`;
  const { sampleRows = SAMPLE_ROWS } = context;
  return applyTypes(context.engine, kept, { ...options, sample, trustSample, sampleRows }, placeOf);
}

interface CsvText {
  /** All fields as text, nulls in place of the null tokens. */
  relation: Relation;
  /** A table of the first rows, or of all of them where the file is small. */
  sample: string;
}

async function readAsText(file: string, options: CsvOptions, head: CsvHead, context: FormatContext): Promise<CsvText> {
  const text = fitsDuckdb(options, head) ? await readWhereRegular(file, options, head, context) : undefined;
  if (text) return text;
  context.reporter.log('debug', 'the CSV file is rewritten first');
  const regular = path.join(context.workDir, 'regular.csv');
  const { longest, left } = await rewriteCsv(file, regular, options, head, context.bounds);
  sayLeftOut(left, options, context);
  const plain: CsvOptions = {
    ...options,
    dialect: { delimiter: ',', quote: '"', comment: undefined, skipInitialSpace: false },
  };
  return open(regular, strictScan(regular, plain, head, false, { lineEnd: '\n', longest }), head, context);
}

/** By DuckDB's reader from the file as it is, or from those of its lines that are wanted. */
async function readWhereRegular(
  whole: string,
  options: CsvOptions,
  head: CsvHead,
  context: FormatContext,
): Promise<CsvText | undefined> {
  const header = options.header !== undefined;
  const { skipRows, maxRows, dialect } = options;
  const isCut = maxRows !== undefined || (typeof skipRows === 'number' ? skipRows : skipRows.size) > 0;
  const file = isCut ? path.join(context.workDir, 'cut.csv') : whole;
  const keep = maxRows === undefined ? undefined : maxRows + (header ? 1 : 0);
  if (isCut && !(await cutLines(whole, file, { skip: skipRows, keep, dialect }))) return undefined;
  const opened = (scan: CsvScan) =>
    open(file, scan, head, context).catch((error: unknown) => {
      context.reporter.log('debug', 'DuckDB cannot read the CSV file so', { reason: firstLine(error) });
      return undefined;
    });
  const { size } = await stat(file);
  // Lines that were counted may be none: that takes another look.
  const isPaddable = size > (context.lookThroughBytes ?? LOOK_THROUGH_BYTES) && maxRows === undefined;
  const padded = paddedScan(file, options, head, header);
  if (isPaddable && context.trustSample) {
    const text = await opened(padded);
    if (text) context.assume(readsAsPandas(file, options, head));
    if (text) return text;
  }
  const layout = await regularCsv(file, dialect, head.width, header);
  if (layout && layout.longest > context.bounds.lineLength)
    throw beyondLimit(context.bounds, 'lineLength', 'a line of the CSV file has more than', 'bytes');
  if (layout) return opened(strictScan(file, options, head, header, layout));
  // Rows that are short, perhaps, and nothing else.
  if (isPaddable && !context.trustSample && (await readsAsPandas(file, options, head))) return opened(padded);
  return undefined;
}

const firstLine = (error: unknown) => (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));

function fitsDuckdb({ dialect, skipFooter }: CsvOptions, head: CsvHead): boolean {
  const { emptyRecords = 'none', doublesQuotes = true } = dialect;
  return (
    head.width > 1 &&
    head.plainHeader &&
    skipFooter === 0 &&
    emptyRecords === 'none' &&
    dialect.separatedBy === undefined &&
    (doublesQuotes || dialect.quote === undefined) &&
    dialect.escape === undefined &&
    dialect.lineEnd === undefined &&
    dialect.comment === undefined &&
    !dialect.skipInitialSpace &&
    dialect.delimiter.charCodeAt(0) < 128
  );
}

/** Rows that nobody reads are never silent: they are counted in the log and in the record. */
function sayLeftOut({ rows, first }: LeftOut, { onBadLines }: CsvOptions, context: FormatContext): void {
  if (rows === 0) return;
  context.leftOut?.(rows);
  for (const { line, expected, found } of onBadLines === 'warn' ? first : [])
    context.reporter.log(
      'warning',
      `line ${line} of the CSV file is left out: ${found} fields where ${expected} are expected`,
    );
  const lines = first.map(({ line }) => line).join(', ');
  const counted = rows === 1 ? '1 row of the CSV file has' : `${rows} rows of the CSV file have`;
  const where = `${rows === 1 ? 'line' : 'lines'} ${lines}${rows > first.length ? ', …' : ''}`;
  context.reporter.log('warning', `${counted} too many fields and ${rows === 1 ? 'is' : 'are'} left out (${where})`);
}

/** Runs the scan as far as is needed to know that it will come to its end. */
async function open(file: string, scan: CsvScan, head: CsvHead, context: FormatContext): Promise<CsvText> {
  const { engine, trustSample, sampleRows = SAMPLE_ROWS } = context;
  const columns = Array.from({ length: head.width }, (_, i) => ({
    name: head.names[i] ?? `\0surplus ${i}`,
    type: 'VARCHAR',
  }));
  await engine.makeRoomFor(head.width);
  const { size } = await stat(file);
  if (size <= keepAsTableBytes(context)) {
    const table = await engine.materialize(`SELECT * FROM ${scan.from}`);
    return { relation: overTable(table, columns), sample: table };
  }
  // Every column is asked for: DuckDB does not read what nobody wants.
  if (!scan.checked && !trustSample) await engine.row(`SELECT count(COLUMNS(*)) FROM ${scan.from}`);
  const sample = await engine.materialize(`SELECT * FROM ${scan.beginning} LIMIT ${sampleRows}`);
  if (!scan.takesLineBreaks && trustSample && (await holdsLineBreaks(engine, sample)))
    throw new Error('the first rows have line breaks in quotes');
  return { relation: overTable(scan.from, columns), sample };
}

async function holdsLineBreaks(engine: Engine, table: string): Promise<boolean> {
  const texts = "concat_ws('', *COLUMNS(*))";
  const isBroken = `contains(${texts}, chr(10)) OR contains(${texts}, chr(13))`;
  return (await engine.rows(`SELECT 1 FROM ${table} WHERE ${isBroken} LIMIT 1`)).length > 0;
}

/** @throws LifecycleError ING_MISSING_COLUMN */
function dateColumn(text: Relation, wanted: string | number): string {
  const column = typeof wanted === 'number' ? text.columns[wanted] : findColumn(text, wanted);
  if (column) return column.name;
  throw new LifecycleError('ING_MISSING_COLUMN', `parse_dates names ${wanted}, which is no column of the file`, {
    hint: `the file has ${text.columns.map(({ name }) => name).join(', ')}`,
  });
}

function withPlainNumber(column: RelationColumn, options: CsvOptions): RelationColumn {
  return { ...column, expression: plainNumber(column.expression, options) };
}

async function applyTypes(
  engine: Engine,
  text: Relation,
  options: CsvOptions & { sample: string; trustSample: boolean; sampleRows: number },
  placeOf: PlaceOf,
): Promise<Relation> {
  const { dtype, sample } = options;
  const typeOf = (name: string): string | undefined =>
    typeof dtype === 'string' ? dtype : (dtype[name] ?? dtype.__default__);
  const dates = new Set(options.parseDates.map((wanted) => dateColumn(text, wanted)));
  const undeclared = text.columns
    .map((column) => column.name)
    .filter((name) => typeOf(name) === undefined && !dates.has(name));
  const { rows } = await engine.row(`SELECT count(*) AS rows FROM ${sample}`);
  const isEmpty = Number(rows) === 0;

  let relation = isEmpty ? text : await inferTypes(engine, text, undeclared, options);
  const firstRows = options.trustSample ? { ...text, from: sample, where: [] } : undefined;
  for (const { name } of text.columns) {
    const declared = typeOf(name);
    if (declared !== undefined && !isTextType(declared)) {
      const column = withPlainNumber(findColumn(relation, name)!, options);
      relation = await castColumn(engine, relation, column, declared, placeOf, firstRows);
    } else if (dates.has(name) && !isEmpty) {
      const { parseDates } = await import('./date-columns.ts');
      relation = await parseDates(engine, relation, name, options, firstRows);
    }
  }
  return relation;
}
