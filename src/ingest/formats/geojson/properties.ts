import type { Engine, Row } from '../../../engine/engine.ts';
import { literal } from '../../../engine/sql.ts';
import { type Kind, kindOf, type PropertyFacts, stampOf, type TextShape } from './fields.ts';

const DATE = '[0-9]{4}[-/](0[1-9]|1[0-2])[-/](0[1-9]|[12][0-9]|3[01])';
const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?';
const OFFSET = ' ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)';
const STAMP = ` *${DATE}([T ]${CLOCK}(${OFFSET})?)? *`;
const TIME = ` *${CLOCK} *`;
/** A year that no calendar of pandas has. */
const NO_YEAR = ' *0000.*';

/** What the JSON columns `c0`, `c1`, … of a table hold. */
export async function lookAtProperties(engine: Engine, table: string, count: number): Promise<PropertyFacts[]> {
  if (count === 0) return [];
  const indexes = Array.from({ length: count }, (_, i) => i);
  const expressions = indexes.flatMap((i) => [
    `list(DISTINCT ${kindOf(`c${i}`)}) FILTER (c${i} IS NOT NULL) AS kinds${i}`,
    `count(c${i}) AS values${i}`,
    `any_value(c${i} ->> '$') AS example${i}`,
  ]);
  const row = await engine.row(`SELECT count(*) AS n, ${expressions.join(', ')} FROM ${table}`);
  const facts = indexes.map((i) => ({
    kinds: new Set((row[`kinds${i}`] as Kind[] | null) ?? []),
    hasNulls: Number(row[`values${i}`]) < Number(row.n),
    textShape: 'text' as TextShape,
  }));
  const details = await lookAtTexts(engine, table, facts, row);
  for (const [i, fact] of facts.entries()) {
    if (details[`stamp${i}`]) fact.textShape = details[`offset${i}`] ? 'datetime with offset' : 'datetime';
    else if (details[`time${i}`]) fact.textShape = 'time';
  }
  return facts;
}

/** Whether texts of which one looks like a date or a time are all such. */
async function lookAtTexts(engine: Engine, table: string, facts: readonly PropertyFacts[], row: Row): Promise<Row> {
  const expressions: string[] = [];
  for (const [i, { kinds }] of facts.entries()) {
    if (kinds.size !== 1 || !kinds.has('VARCHAR')) continue;
    const text = `(c${i} ->> '$')`;
    const example = String(row[`example${i}`] ?? '');
    const shaped = (pattern: string) => `regexp_full_match(${text}, ${literal(pattern)})`;
    if (new RegExp(`^${STAMP}$`).test(example)) {
      const moment = `TRY_CAST(${stampOf(text)} AS TIMESTAMPTZ)`;
      expressions.push(
        `bool_and(${shaped(STAMP)} AND NOT ${shaped(NO_YEAR)} AND ${moment} IS NOT NULL) FILTER (${text} IS NOT NULL) AS stamp${i}`,
        `bool_or(${shaped(`.*${CLOCK}${OFFSET} *`)}) AS offset${i}`,
      );
    } else if (new RegExp(`^${TIME}$`).test(example)) expressions.push(`bool_and(${shaped(TIME)}) AS time${i}`);
  }
  return expressions.length > 0 ? engine.row(`SELECT ${expressions.join(', ')} FROM ${table}`) : {};
}
