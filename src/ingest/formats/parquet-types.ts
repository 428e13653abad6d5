import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { dropLogicalTypes } from '../../parquet/footer.ts';
import { columnsAmong } from '../../parquet/schema-order.ts';
import { INSTANT_NS } from '../../relation/relation.ts';
import { durationColumns } from './arrow-schema.ts';

/** How a column is to be read that DuckDB would read as something else: SQL of its stored integer, and the type of that. */
interface ExactReading {
  expression(stored: string): string;
  type: string;
}

interface ExactTypes {
  /** The file, or a copy whose columns of `readings` are plain integers. */
  file: string;
  /** By the columns' places. */
  readings: ReadonlyMap<number, ExactReading>;
}

interface SchemaElement {
  name: string;
  children: number;
  logical: string;
  precision: number;
}

/** DuckDB's widest decimal. */
const MOST_DIGITS = 38;
const DAY = 86_400_000_000_000n;

/**
 * Finds what DuckDB reads as another value than the file has: instants and times of nanoseconds, which it cuts, durations,
 * which are plain integers to it, and decimals of more than 38 digits.
 *
 * @throws LifecycleError ING_BAD_VALUE for what has no equal here
 */
export async function exactTypes(engine: Engine, file: string): Promise<ExactTypes> {
  const elements = await schemaOf(engine, file);
  for (const { name, precision } of elements) {
    if (precision > MOST_DIGITS) throw tooManyDigits(name, precision);
  }
  const columns = columnsAmong(elements, ({ children }) => children);
  const durations = await durationsOf(engine, file);
  const readings = new Map<number, ExactReading>();
  const cut = new Set<string>();
  for (const [i, { name, logical }] of columns.entries()) {
    const unit = durations.get(name);
    if (unit !== undefined) readings.set(i, { expression: (stored) => durationText(stored, unit), type: 'VARCHAR' });
    if (!logical.includes('NANOS=NanoSeconds')) continue;
    if (logical.startsWith('TimestampType(isAdjustedToUTC=1')) {
      readings.set(i, { expression: (stored) => `make_timestamp_ns(${stored})`, type: INSTANT_NS });
      cut.add(name);
    } else if (logical.startsWith('TimeType')) {
      readings.set(i, { expression: (stored) => timeOf(stored, name), type: 'TIME' });
      cut.add(name);
    }
  }
  if (cut.size === 0) return { file, readings };
  const copy = path.join(engine.temporaryDir, `${randomUUID()}.parquet`);
  await copyFile(file, copy, constants.COPYFILE_FICLONE);
  await dropLogicalTypes(copy, cut);
  return { file: copy, readings };
}

async function schemaOf(engine: Engine, file: string): Promise<SchemaElement[]> {
  const rows = await engine.rows(
    `SELECT name, num_children, logical_type, precision FROM parquet_schema(${literal(file)})`,
  );
  return rows.slice(1).map((row) => ({
    name: String(row.name),
    children: Number(row.num_children ?? 0),
    logical: String(row.logical_type ?? ''),
    precision: Number(row.precision ?? 0),
  }));
}

async function durationsOf(engine: Engine, file: string): Promise<ReadonlyMap<string, bigint>> {
  const [row] = await engine.rows(
    `SELECT decode(value) AS note FROM parquet_kv_metadata(${literal(file)}) WHERE key = 'ARROW:schema'::BLOB`,
  );
  return (row && durationColumns(String(row.note))) ?? new Map();
}

/** A duration as Python writes it: `1 day, 2:03:04.500000`. */
function durationText(stored: string, unit: bigint): string {
  const total = `(${stored}::HUGEINT * ${unit})`;
  // Whole days are counted downwards, so that what is left of them is never negative.
  const left = `((${total} % ${DAY} + ${DAY}) % ${DAY})`;
  const days = `((${total} - ${left}) // ${DAY})`;
  const seconds = `(${left} // 1000000000)`;
  const nanoseconds = `(${left} % 1000000000)`;
  const clock = `format('{}:{:02d}:{:02d}', CAST(${seconds} // 3600 AS BIGINT), CAST(${seconds} // 60 % 60 AS BIGINT), CAST(${seconds} % 60 AS BIGINT))`;
  const digits = `lpad(CAST(${nanoseconds} AS VARCHAR), 9, '0')`;
  const fraction = `CASE WHEN ${nanoseconds} = 0 THEN '' WHEN ${nanoseconds} % 1000 = 0 THEN '.' || left(${digits}, 6) ELSE '.' || ${digits} END`;
  const word = `CASE WHEN ${days} = 0 THEN '' ELSE CAST(${days} AS VARCHAR) || CASE WHEN abs(${days}) = 1 THEN ' day, ' ELSE ' days, ' END END`;
  return `(${word} || ${clock} || ${fraction})`;
}

/** A time of day of whole microseconds; finer ones end the query, as they do in pandas. */
function timeOf(stored: string, name: string): string {
  const message = `column ${identifier(name)} has times finer than a microsecond`;
  return `CASE WHEN ${stored} % 1000 <> 0 THEN error(${literal(message)}) ELSE TIME '00:00:00' + to_microseconds(${stored} // 1000) END`;
}

function tooManyDigits(name: string, precision: number): LifecycleError {
  return new LifecycleError(
    'ING_BAD_VALUE',
    `column "${name}" is a decimal of ${precision} digits, and at most ${MOST_DIGITS} can be kept`,
    { hint: 'have its source write it with fewer digits, as double, or as text' },
  );
}
