import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../../engine/engine.ts';
import { literalList } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import type { FileFormat } from '../../../project/project.ts';
import { parseDateColumn } from '../../dates/coerce.ts';
import { castColumn, isTextType, type PlaceOf } from '../../dtype.ts';
import { inferTypes, SAMPLE_ROWS } from '../../infer.ts';
import { beyondLimit } from '../../read-limits.ts';
import { findColumn, overTable, type Relation, type RelationColumn, withColumns } from '../../relation.ts';
import { withoutThousands } from '../../text-kinds.ts';
import type { FormatContext } from '../format.ts';
import { soleMember } from '../members.ts';
import { encodingName, isCompressed, unpackFile } from './bytes.ts';
import { type CsvHead, lineOfRow, readHead } from './head.ts';
import { readsAsPandas } from './irregular.ts';
import { type CsvOptions, csvOptions } from './options.ts';
import { regularCsv } from './regular.ts';
import { rewriteCsv } from './rewrite.ts';
import { type CsvScan, paddedScan, strictScan } from './scan.ts';

/** Up to this size the text is kept in a table; above, the file is scanned again rather than copied. */
const KEEP_AS_TABLE_BYTES = 32 * 1024 * 1024;
/** Up to this size it takes no time to look at every byte first. */
const LOOK_THROUGH_BYTES = 8 * 1024 * 1024;

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const options = csvOptions(format);
  const member = await soleMember(file, context);
  const source = isCompressed(member) ? path.join(context.workDir, 'unpacked.csv') : member;
  if (source !== member) await unpackFile(member, source, context);
  const head = await readHead(source, options, context.bounds);
  const { relation, sample } = await readAsText(source, options, head, context);
  const kept = withColumnNulls(choose(relation, options), options);
  const trustSample = context.trustSample && relation.from !== sample;
  const placeOf = async (row: number) => `line ${await lineOfRow(source, options, row, context.bounds)}`;
  return applyTypes(context.engine, kept, { ...options, sample, trustSample }, placeOf);
}

interface CsvText {
  /** All fields as text, nulls in place of the null tokens. */
  relation: Relation;
  /** A table of the first rows, or of all of them where the file is small. */
  sample: string;
}

async function readAsText(file: string, options: CsvOptions, head: CsvHead, context: FormatContext): Promise<CsvText> {
  if (fitsDuckdb(options, head)) {
    const header = options.header !== undefined;
    const { size } = await stat(file);
    if (size > LOOK_THROUGH_BYTES) {
      const asPandas = readsAsPandas(file, options, head);
      try {
        if (context.trustSample) context.assume(asPandas);
        if (context.trustSample || (await asPandas))
          return await open(file, paddedScan(file, options, head, header), head, context);
      } catch (error) {
        context.reporter.log('debug', 'the CSV file is looked through first', { reason: firstLine(error) });
      }
    }
    const layout = await regularCsv(file, options.dialect, head.width, header);
    if (layout && layout.longest > context.bounds.lineLength)
      throw beyondLimit(context.bounds, 'lineLength', 'a line of the CSV file has more than', 'bytes');
    if (layout) {
      try {
        return await open(file, strictScan(file, options, head, header, layout), head, context);
      } catch (error) {
        context.reporter.log('debug', 'DuckDB cannot read the CSV file', { reason: firstLine(error) });
      }
    }
  }
  context.reporter.log('debug', 'the CSV file is rewritten first');
  const regular = path.join(context.workDir, 'regular.csv');
  const longest = await rewriteCsv(file, regular, options, head, context.bounds);
  const plain: CsvOptions = {
    ...options,
    dialect: { delimiter: ',', quote: '"', comment: undefined, skipInitialSpace: false },
  };
  return open(regular, strictScan(regular, plain, head, false, { lineEnd: '\n', longest }), head, context);
}

const firstLine = (error: unknown) => (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));

function fitsDuckdb(options: CsvOptions, head: CsvHead): boolean {
  const { dialect } = options;
  return (
    encodingName(options.encoding) === 'utf-8' &&
    head.width > 1 &&
    head.plainHeader &&
    options.skipRows === 0 &&
    options.maxRows === undefined &&
    dialect.comment === undefined &&
    !dialect.skipInitialSpace &&
    dialect.delimiter.charCodeAt(0) < 128
  );
}

/** Runs the scan as far as is needed to know that it will come to its end. */
async function open(file: string, scan: CsvScan, head: CsvHead, context: FormatContext): Promise<CsvText> {
  const { engine, trustSample } = context;
  const columns = Array.from({ length: head.width }, (_, i) => ({
    name: head.names[i] ?? `\0surplus ${i}`,
    type: 'VARCHAR',
  }));
  const { size } = await stat(file);
  if (size <= KEEP_AS_TABLE_BYTES) {
    const table = await engine.materialize(`SELECT * FROM ${scan.from}`);
    return { relation: overTable(table, columns), sample: table };
  }
  // Every column is asked for: DuckDB does not read what nobody wants.
  if (!scan.checked && !trustSample) await engine.row(`SELECT count(COLUMNS(*)) FROM ${scan.from}`);
  const sample = await engine.materialize(`SELECT * FROM ${scan.beginning} LIMIT ${SAMPLE_ROWS}`);
  return { relation: overTable(scan.from, columns), sample };
}

/** Null tokens of single columns; those of all columns the scan knows. */
function withColumnNulls(text: Relation, { columnNullTokens }: CsvOptions): Relation {
  return {
    ...text,
    columns: text.columns.map((column) => {
      const tokens = columnNullTokens[column.name];
      if (!tokens || tokens.length === 0) return column;
      const { expression } = column;
      return {
        ...column,
        expression: `CASE WHEN NOT list_contains(${literalList(tokens)}, ${expression}) THEN ${expression} END`,
      };
    }),
  };
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

/** @throws LifecycleError ING_MISSING_COLUMN */
function dateColumn(text: Relation, wanted: string | number): string {
  const column = typeof wanted === 'number' ? text.columns[wanted] : findColumn(text, wanted);
  if (column) return column.name;
  throw new LifecycleError('ING_MISSING_COLUMN', `parse_dates names ${wanted}, which is no column of the file`, {
    hint: `the file has ${text.columns.map(({ name }) => name).join(', ')}`,
  });
}

function plainNumbers(column: RelationColumn, { thousands }: CsvOptions): RelationColumn {
  return thousands === undefined ? column : { ...column, expression: withoutThousands(column.expression, thousands) };
}

async function applyTypes(
  engine: Engine,
  text: Relation,
  options: CsvOptions & { sample: string; trustSample: boolean },
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
  if (Number(rows) === 0) return text;

  let relation = await inferTypes(engine, text, undeclared, options);
  for (const { name } of text.columns) {
    const declared = typeOf(name);
    if (declared !== undefined && !isTextType(declared)) {
      relation = await castColumn(
        engine,
        relation,
        plainNumbers(findColumn(relation, name)!, options),
        declared,
        placeOf,
      );
    } else if (dates.has(name)) {
      relation = await parseDateColumn(engine, relation, name);
    }
  }
  return relation;
}
