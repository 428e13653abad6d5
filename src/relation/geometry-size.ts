import type { Engine } from '../engine/engine.ts';
import { isReference, outlineOf, type Relation, type RelationColumn, whereOf } from './relation.ts';

/** Rows that stand for all of a file that is read while it is written. */
const SAMPLE_ROWS = 8_192;

/** Bytes of geometries by the SQL that they go by, which names a value that is bound (`bound`) and means it alone. */
const noted = new WeakMap<Engine, Map<string, number>>();

const bytesOf = (geometry: string) => `coalesce(octet_length(ST_AsWKB(${geometry})), 0)`;

/** Keeps what the first rows of a bound column take on average, for who has them at hand: reading them again is not free. */
export async function noteSize(
  engine: Engine,
  { expression }: RelationColumn,
  first: Pick<Relation, 'from' | 'where'> & { value: string },
): Promise<void> {
  if (isReference(expression)) noteAverage(engine, expression, await average(engine, [first.value], first));
}

/** The same for who knows it. */
export function noteAverage(engine: Engine, value: string, bytes: number): void {
  noted.set(engine, (noted.get(engine) ?? new Map<string, number>()).set(value, bytes));
}

/** Bytes that the geometries of a row take on average, by the first rows; undefined where only computing them would tell. */
export async function averageSize(
  engine: Engine,
  relation: Relation,
  geometries: readonly RelationColumn[],
): Promise<number | undefined> {
  const seen = geometries.map(outlineOf).filter((sql) => sql !== undefined);
  if (seen.length < geometries.length) return undefined;
  const known = seen.map((sql) => noted.get(engine)?.get(sql)).filter((bytes) => bytes !== undefined);
  if (known.length === seen.length) return known.reduce((sum, bytes) => sum + bytes, 0);
  const from = isReference(relation.from) ? relation.from : `(SELECT * FROM ${relation.from} LIMIT ${SAMPLE_ROWS})`;
  return average(engine, seen, { from, where: relation.where });
}

async function average(
  engine: Engine,
  geometries: readonly string[],
  rows: Pick<Relation, 'from' | 'where'>,
): Promise<number> {
  const bytes = geometries.map(bytesOf).join(' + ');
  const found = await engine.row(`SELECT avg(${bytes}) AS average FROM ${rows.from}${whereOf(rows)}`);
  return Number(found.average);
}
