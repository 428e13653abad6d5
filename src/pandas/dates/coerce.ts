import type { Engine } from '../../engine/engine.ts';
import { isOneOf, literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { promised } from '../../relation/promise.ts';
import {
  findColumn,
  firstOffender,
  INSTANT,
  isInteger,
  isNumeric,
  isReference,
  materialize,
  type Relation,
  rowsKey,
  whereOf,
  withColumn,
} from '../../relation/relation.ts';
import { type DateShape, guessDateShape } from './guess.ts';
import { parseLeniently } from './lenient.ts';

/** Not one of the texts that pandas takes for a missing date. */
function hasValue(text: string): string {
  return `${text} IS NOT NULL AND NOT ${isOneOf(text, ['', 'NaT', 'nat', 'NAT', 'nan', 'NaN', 'NAN'])}`;
}

/** What may stand around a date that is written as the first one is. */
const BLANKS = ' \t\n\v\f\r';

export type OnBadValue = 'raise' | 'coerce';

/**
 * A column as timestamps, as pandas' `to_datetime` makes them: the first value gives the shape that all others must
 * have; numbers are nanoseconds since 1970.
 *
 * @param zone `local` leaves offsets out: the clock as it is written, which is what a date is taken from
 * @param sample the column's first rows, where a value that is no date may come up while the rows are written
 * @throws LifecycleError ING_BAD_VALUE unless `onBad` is `coerce`, which makes nulls of what is no date
 */
export async function toTimestamps(
  engine: Engine,
  relation: Relation,
  name: string,
  onBad: OnBadValue,
  zone: 'instant' | 'local' = 'instant',
  sample?: Relation,
): Promise<Relation> {
  const column = findColumn(relation, name)!;
  const text = column.expression;
  if (/^(TIMESTAMP|DATE)/.test(column.type)) {
    return column.type === 'DATE'
      ? withColumn(relation, name, { expression: `CAST(${text} AS TIMESTAMP)`, type: 'TIMESTAMP' })
      : relation;
  }
  if (column.type === 'BOOLEAN') {
    if (onBad === 'raise') throw badValue(name, 'truth values are no dates', undefined);
    return withColumn(relation, name, { expression: 'NULL::TIMESTAMP', type: 'TIMESTAMP' });
  }
  if (isNumeric(column)) return numbersToTimestamps(engine, relation, name);
  if (column.type !== 'VARCHAR') {
    if (onBad === 'raise') throw badValue(name, `a column of type ${column.type} holds no dates`, undefined);
    return withColumn(relation, name, { expression: 'NULL::TIMESTAMP', type: 'TIMESTAMP' });
  }

  const first = await firstOf(engine, relation, name, sample);
  if (first === undefined) return withColumn(relation, name, { expression: 'NULL::TIMESTAMP', type: 'TIMESTAMP' });
  const shape = guessDateShape(first);
  return shape
    ? byShape(engine, relation, name, shape, first, onBad, zone, sample)
    : oneByOne(engine, relation, name, onBad, zone);
}

async function firstOf(engine: Engine, relation: Relation, name: string, sample: Relation | undefined) {
  return (sample && (await firstValue(engine, sample, name))) ?? firstValue(engine, relation, name);
}

async function firstValue(engine: Engine, relation: Relation, name: string): Promise<string | undefined> {
  const text = findColumn(relation, name)!.expression;
  const valued = whereOf({ ...relation, where: [...relation.where, hasValue(text)] });
  const [first] = await engine.rows(`SELECT ${text} AS value FROM ${relation.from}${valued} LIMIT 1`);
  return first && String(first.value);
}

async function numbersToTimestamps(engine: Engine, relation: Relation, name: string): Promise<Relation> {
  const column = findColumn(relation, name)!;
  const whole = isInteger(column) ? column.expression : `trunc(${column.expression})`;
  const nanoseconds = `TRY_CAST(${whole} AS BIGINT)`;
  // A double beyond the range silently becomes no date, a whole number is refused, whatever `errors` says.
  if (isInteger(column)) {
    const bad = await firstOffender(
      engine,
      relation,
      column.expression,
      `${column.expression} IS NOT NULL AND ${nanoseconds} IS NULL`,
    );
    if (bad) throw badValue(name, `${bad.value} is too large for nanoseconds since 1970`, bad.row);
  }
  return withColumn(relation, name, { expression: `make_timestamp_ns(${nanoseconds})`, type: 'TIMESTAMP_NS' });
}

async function byShape(
  engine: Engine,
  relation: Relation,
  name: string,
  shape: DateShape,
  example: string,
  onBad: OnBadValue,
  zone: 'instant' | 'local',
  sample: Relation | undefined,
): Promise<Relation> {
  const text = findColumn(relation, name)!.expression;
  const type = shape.offset && zone === 'instant' ? INSTANT : shape.nanoseconds ? 'TIMESTAMP_NS' : 'TIMESTAMP';
  const fits = `regexp_full_match(${text}, ${literal(shape.pattern)})`;
  const iso = `regexp_replace(${text}, ${literal(`^${shape.pattern}$`)}, ${literal(shape.iso ?? '')})`;
  const clock = zone === 'local' && shape.offset ? `regexp_replace(${iso}, '(Z|[+-][0-9]{2}(:?[0-9]{2})?)$', '')` : iso;
  const value = shape.strptime
    ? `try_strptime(trim(${text}, ${literal(BLANKS)}), ${literal(shape.strptime)})`
    : shape.isoFormat
      ? `try_strptime(${clock}, ${literal(shape.isoFormat)})`
      : `TRY_CAST(${clock} AS ${type})`;
  const expression = `CASE WHEN ${fits} THEN ${value} END`;
  if (shape.offset) await refuseMixedOffsets(engine, relation, name, fits, iso);
  const made = withColumn(relation, name, { expression, type });
  if (onBad === 'raise') {
    const isBad = (value: string) => `${value} IS NULL AND ${hasValue(text)}`;
    if (sample) return promised(engine, made, name, isBad);
    const bad = await firstOffender(engine, relation, text, isBad(`(${expression})`));
    if (bad)
      throw badValue(
        name,
        `${JSON.stringify(bad.value)} is no date written like the first one, ${JSON.stringify(example)}`,
        bad.row,
      );
  }
  return made;
}

/** pandas refuses a column of several offsets even when bad values become nulls. */
async function refuseMixedOffsets(
  engine: Engine,
  relation: Relation,
  name: string,
  fits: string,
  iso: string,
): Promise<void> {
  const offset = `replace(regexp_extract(${iso}, '(Z|[+-][0-9]{2}(:?[0-9]{2})?)$', 1), ':', '')`;
  const rows = await engine.rows(
    `SELECT DISTINCT CASE WHEN ${offset} = 'Z' THEN '+0000' ELSE rpad(${offset}, 5, '0') END AS o FROM ${relation.from}${whereOf({ ...relation, where: [...relation.where, fits] })}`,
  );
  if (rows.length > 1) throw severalOffsets(name, rows.map((row) => String(row.o)).sort());
}

function severalOffsets(name: string, offsets: readonly string[]): LifecycleError {
  const hint = 'a column of dates has one offset: keep this one as text, or bring its values to UTC in an earlier step';
  return badValue(name, `the values have several UTC offsets (${offsets.join(', ')})`, undefined, hint);
}

/** Texts that are parsed at a time: the memory that they take here does not grow with their number. */
const TEXTS_AT_ONCE = 50_000;

async function oneByOne(
  engine: Engine,
  relation: Relation,
  name: string,
  onBad: OnBadValue,
  zone: 'instant' | 'local',
): Promise<Relation> {
  // What is found is put beside the rows where they lie: a join, or a subquery in its place, would not keep their order.
  const base = isReference(relation.from)
    ? relation
    : { ...(await materialize(engine, relation)), rowsOf: rowsKey(relation) };
  const text = findColumn(base, name)!.expression;
  const valued = whereOf({ ...base, where: [...base.where, hasValue(text)] });
  const spellings = await engine.materialize(`SELECT DISTINCT ${text} AS spelling FROM ${base.from}${valued}`);
  const { moments, offsets, isWhole } = await parsedTexts(engine, spellings, zone);
  if (!isWhole && onBad === 'raise') throw await firstUnparsed(engine, base, name, moments);
  if (offsets.size === 0) return withColumn(base, name, { expression: 'NULL::TIMESTAMP', type: 'TIMESTAMP' });
  if (offsets.size > 1) throw severalOffsets(name, [...offsets].map((offset) => offset || 'none').sort());
  const type = zone === 'instant' && !offsets.has('') ? INSTANT : 'TIMESTAMP';
  const column = engine.newColumnName();
  await engine.run(`ALTER TABLE ${base.from} ADD COLUMN ${column} ${type}`);
  await engine.run(
    `UPDATE ${base.from} SET ${column} = CAST(m.moment AS ${type}) FROM ${moments} m WHERE ${text} = m.spelling`,
  );
  await engine.run(`DROP TABLE ${spellings}; DROP TABLE ${moments}`);
  return withColumn(base, name, { expression: column, type });
}

interface ParsedTexts {
  /** A table of the texts that are dates, each with its moment. */
  moments: string;
  /** The offsets from UTC that occur, the empty one where there is none. */
  offsets: Set<string>;
  /** Whether all texts are dates. */
  isWhole: boolean;
}

async function parsedTexts(engine: Engine, spellings: string, zone: 'instant' | 'local'): Promise<ParsedTexts> {
  const moments = engine.newTableName();
  await engine.run(`CREATE TEMP TABLE ${moments} (spelling VARCHAR, moment VARCHAR)`);
  const offsets = new Set<string>();
  const now = new Date();
  let isWhole = true;
  for (let first = 0; ; first += TEXTS_AT_ONCE) {
    const texts = await engine.rows(
      `SELECT spelling FROM ${spellings} WHERE rowid >= ${first} AND rowid < ${first + TEXTS_AT_ONCE}`,
    );
    if (texts.length === 0) return { moments, offsets, isWhole };
    const parsed: [string, string][] = [];
    for (const { spelling } of texts) {
      const moment = parseLeniently(String(spelling), now);
      if (moment === undefined) isWhole = false;
      else {
        offsets.add(moment.offset);
        parsed.push([String(spelling), zone === 'instant' ? moment.clock + moment.offset : moment.clock]);
      }
    }
    await engine.append(moments, parsed);
  }
}

/** The first row in the order of the file whose text is no date. */
async function firstUnparsed(engine: Engine, base: Relation, name: string, moments: string): Promise<LifecycleError> {
  const text = findColumn(base, name)!.expression;
  const unparsed = [...base.where, hasValue(text), `${text} NOT IN (SELECT spelling FROM ${moments})`];
  const { place, value } = await engine.row(
    `SELECT min(rowid) AS place, arg_min(${text}, rowid) AS value FROM ${base.from}${whereOf({ ...base, where: unparsed })}`,
  );
  const before = whereOf({ ...base, where: [...base.where, `rowid <= ${place}`] });
  const { row } = await engine.row(`SELECT count(*) AS row FROM ${base.from}${before}`);
  return badValue(name, `${JSON.stringify(value)} is no date`, Number(row));
}

/** For dates of JSON, which may be written in several ways: a column that does not parse stays as it is. */
export async function parseDatesOneByOne(engine: Engine, relation: Relation, name: string): Promise<Relation> {
  return unlessBad(relation, oneByOne(engine, relation, name, 'raise', 'instant'));
}

/**
 * For the CSV option `parse_dates`: a column that does not parse stays as it is.
 * @param shapeOf the shape of the dates by the first of them, where it is not guessed as usual
 * @param sample the first rows, where they may tell what all are like
 */
export async function parseDateColumn(
  engine: Engine,
  relation: Relation,
  name: string,
  shapeOf?: (first: string) => DateShape | undefined,
  sample?: Relation,
): Promise<Relation> {
  const first = shapeOf && (await firstOf(engine, relation, name, sample));
  const shape = first === undefined ? undefined : shapeOf?.(first);
  const parsed =
    first === undefined || shape === undefined
      ? toTimestamps(engine, relation, name, 'raise', 'instant', sample)
      : byShape(engine, relation, name, shape, first, 'raise', 'instant', sample);
  return unlessBad(relation, parsed);
}

async function unlessBad(relation: Relation, parsed: Promise<Relation>): Promise<Relation> {
  try {
    return await parsed;
  } catch (error) {
    if (error instanceof LifecycleError && error.code === 'ING_BAD_VALUE') return relation;
    throw error;
  }
}

function badValue(
  column: string,
  what: string,
  row: number | undefined,
  hint = 'set `errors: coerce` to make nulls of such values, or clean them in an earlier step',
): LifecycleError {
  const at = row === undefined ? '' : ` in row ${row}`;
  return new LifecycleError('ING_BAD_VALUE', `column ${JSON.stringify(column)} cannot become a date${at}: ${what}`, {
    hint,
    details: { column, row },
  });
}
