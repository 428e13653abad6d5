import type { ColumnInfo, Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import type { ColumnProfile } from './document.ts';
import { geometryOf } from './geometry.ts';
import { kindOf, shortType } from './kinds.ts';
import { type Overview, overviewOf } from './overview.ts';
import { MOST_COUNTED, valuesOf } from './values.ts';

/** Columns that are looked at together: each takes memory for its sketches while the rows go by. */
const AT_ONCE = 100;

/**
 * Profiles a Parquet file in an open session.
 *
 * @param done is told how many columns have been counted
 */
export async function measureFile(
  engine: Engine,
  file: string,
  signal: AbortSignal,
  done: (columns: number, of: number) => void,
): Promise<{ rows: number; columns: ColumnProfile[] }> {
  const whole = `read_parquet(${literal(file)})`;
  const described = await engine.describe(`SELECT * FROM ${whole}`);
  const columns = described.map(({ name, type }) => ({ name, type: shortType(type) }));
  const rows = Number((await engine.row(`SELECT count(*) AS n FROM ${whole}`)).n);
  const profiles = new Map<string, ColumnProfile>();
  // Geometries last: a session with the spatial extension works on smaller pieces.
  const isShape = ({ type }: ColumnInfo) => Number(kindOf(type) === 'geometry');
  const order = columns.toSorted((a, b) => isShape(a) - isShape(b));
  for (let start = 0; start < order.length; start += AT_ONCE) {
    const batch = order.slice(start, start + AT_ONCE);
    // Every statement on a file binds all of its columns, which is longer than the work where they are many.
    const isWide = columns.length > AT_ONCE;
    const names = batch.map(({ name }) => identifier(name)).join(', ');
    const relation = isWide ? await engine.materialize(`SELECT ${names} FROM ${whole}`) : whole;
    const overview = await overviewOf(engine, relation, batch, rows, rows > MOST_COUNTED);
    for (const [i, column] of batch.entries()) {
      signal.throwIfAborted();
      profiles.set(column.name, await columnOf(engine, relation, column, rows, overview[i]!));
      done(profiles.size, columns.length);
    }
    if (isWide) await engine.run(`DROP TABLE ${relation}`);
  }
  return { rows, columns: columns.map(({ name }) => profiles.get(name)!) };
}

async function columnOf(
  engine: Engine,
  relation: string,
  column: ColumnInfo,
  rows: number,
  { present, mean, quantiles, ...rest }: Overview,
): Promise<ColumnProfile> {
  const kind = kindOf(column.type);
  const isShape = kind === 'geometry';
  const values = isShape ? NO_VALUES : await valuesOf(engine, relation, column, { present, mean, quantiles, ...rest });
  return {
    ...{ name: column.name, type: column.type, kind, nulls: rows - present },
    ...{ distinct: values.distinct, min: values.min, max: values.max, mean, quantiles },
    ...{ frequent: values.frequent, histogram: values.histogram, text: values.text },
    geometry: isShape ? await geometryOf(engine, relation, column) : null,
  };
}

const NO_VALUES = { distinct: null, min: null, max: null, frequent: [], histogram: null, text: null };
