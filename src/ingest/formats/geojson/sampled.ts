import type { Engine } from '../../../engine/engine.ts';
import { literal } from '../../../engine/sql.ts';
import { ASSUMPTION } from '../../assumption.ts';
import type { RelationColumn } from '../../relation.ts';
import type { Envelope } from './cut.ts';
import { propertyOrder, scanOf, spread, spreadSql } from './feature-rows.ts';
import { promiseOf, propertyColumn } from './fields.ts';
import { lookAtProperties } from './properties.ts';

/** Features that tell the fields of all. */
const SAMPLE_FEATURES = 8_000;

/**
 * A table of features in one pass over their lines: the first ones tell the columns, a later one that does not fit ends
 * the work with an error. Its columns are `c0`, `c1`, …, and `geometry`.
 *
 * @returns undefined where a sample tells too little
 */
export async function tableOfFeatures(
  engine: Engine,
  lines: string,
  envelope: Envelope,
): Promise<{ table: string; columns: Pick<RelationColumn, 'name' | 'type'>[] } | undefined> {
  if (envelope.document.type !== 'FeatureCollection' || envelope.features <= SAMPLE_FEATURES) return undefined;
  const scan = scanOf(lines, envelope);
  const sample = await engine.materialize(`SELECT id, properties, geometry FROM ${scan} LIMIT ${SAMPLE_FEATURES}`);
  const order = await propertyOrder(engine, sample);
  const spreadSample = await spread(engine, sample, order);
  const { facts, hasTextIds } = await lookAtProperties(engine, spreadSample, order.length);
  const columns: RelationColumn[] = [];
  for (const [i, name] of order.entries()) {
    const promise = promiseOf(`c${i}`, facts[i]!);
    if (promise === undefined || hasTextIds) return undefined;
    const { expression, type } = propertyColumn(`c${i}`, facts[i]!);
    const checked = promise === 'true' ? expression : orElse(promise, expression);
    columns.push({ name, type, expression: checked });
  }
  const select = [...columns.map(({ expression }, i) => `${expression} AS c${i}`), 'geometry'];
  const table = await engine.materialize(
    `SELECT ${select.join(', ')} FROM (${spreadSql(scan, order, true)}) WHERE ${orElse("id IS NULL OR json_type(id) <> 'VARCHAR'", 'true')}`,
  );
  return { table, columns };
}

const orElse = (promise: string, value: string) =>
  `CASE WHEN ${promise} THEN ${value} ELSE error(${literal(ASSUMPTION)}) END`;
