import type { Engine } from '../../../engine/engine.ts';
import { literal } from '../../../engine/sql.ts';
import { ASSUMPTION } from '../../../relation/assumption.ts';
import type { RelationColumn } from '../../../relation/relation.ts';
import type { Envelope } from './cut.ts';
import { FIELDS_AT_ONCE, IS_FEATURE, propertyOrder, scanOf, spread, spreadSql } from './feature-rows.ts';
import { isCollection } from './features.ts';
import { promiseOf, propertyColumn } from './fields.ts';
import { IS_DROPPED } from './ids.ts';
import { distinctIgnoringCase } from './names.ts';
import { lookAtProperties } from './properties.ts';

/**
 * A table of features in one pass over their lines: the first ones tell the columns, a later one that does not fit ends
 * the work with an error. Its columns are `c0`, `c1`, …, and `geometry`.
 *
 * @param sampleFeatures how many features tell the columns
 * @returns undefined where they tell too little
 */
export async function tableOfFeatures(
  engine: Engine,
  lines: string,
  envelope: Envelope,
  sampleFeatures: number,
): Promise<{ table: string; columns: Pick<RelationColumn, 'name' | 'type'>[] } | undefined> {
  if (!isCollection(envelope) || envelope.features <= sampleFeatures) return undefined;
  const scan = scanOf(lines, envelope);
  const sample = await engine.materialize(
    `SELECT id, properties, NULL::JSON AS geometry FROM ${scan} LIMIT ${sampleFeatures}`,
  );
  const { order, hasRepeats } = await propertyOrder(engine, sample);
  if (hasRepeats || order.length > FIELDS_AT_ONCE || !distinctIgnoringCase(order)) return undefined;
  // Beside a property of the same name, whether ids are dropped is decided by the feature that has one of both first.
  const { ids } = await engine.row(`SELECT count(id) AS ids FROM ${sample} WHERE id <> 'null'`);
  if (order.includes('id') && Number(ids) > 0 && Number(ids) < sampleFeatures) return undefined;
  const idPromise = order.includes('id') && Number(ids) === 0 ? 'id IS NULL' : IS_DROPPED;
  const spreadSample = await spread(engine, sample, order);
  const facts = await lookAtProperties(engine, spreadSample, order.length);
  const columns: RelationColumn[] = [];
  for (const [i, name] of order.entries()) {
    const promise = promiseOf(`c${i}`, facts[i]!);
    if (promise === undefined) return undefined;
    const { expression, type } = propertyColumn(`c${i}`, facts[i]!);
    columns.push({ name, type, expression: promise === 'true' ? expression : orElse(promise, expression) });
  }
  const select = [...columns.map(({ expression }, i) => `${expression} AS c${i}`), 'geometry'];
  const features = `SELECT id, properties, geometry FROM ${scan} WHERE ${orElse(`(${IS_FEATURE}) AND (${idPromise})`, 'true')}`;
  const table = await engine.materialize(
    `SELECT ${select.join(', ')} FROM (${spreadSql(`(${features})`, order, (condition) => orElse(condition, 'true'))})`,
  );
  return { table, columns };
}

const orElse = (promise: string, value: string) =>
  `CASE WHEN ${promise} THEN ${value} ELSE error(${literal(ASSUMPTION)}) END`;
