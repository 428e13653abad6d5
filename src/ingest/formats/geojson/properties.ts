import type { Engine, Row } from '../../../engine/engine.ts';
import { type Kind, kindOf, type PropertyFacts, type TextShape } from './fields.ts';
import { hasOffset, isStamp, STAMP, shaped, TIME } from './moment-texts.ts';

/** Columns that one statement looks at. */
const COLUMNS_AT_ONCE = 500;

/**
 * What the JSON columns `c0`, `c1`, … of a table hold. Columns are laid one below the other: a statement with an aggregate
 * for each takes a time and memory that grow with the third power of their number.
 */
export async function lookAtProperties(engine: Engine, table: string, count: number): Promise<MutableFacts[]> {
  const indexes = Array.from({ length: count }, (_, i) => i);
  const rows = await ofEachColumn(engine, table, indexes, [
    `list(DISTINCT ${kindOf('json')}) FILTER (json IS NOT NULL) AS kinds`,
    'count(*) > count(json) AS has_nulls',
    `any_value(json ->> '$') AS example`,
  ]);
  const facts = indexes.map((i) => ({
    kinds: new Set((rows.get(i)?.kinds as Kind[] | null) ?? []),
    hasNulls: rows.get(i)?.has_nulls === true,
    textShape: 'text' as TextShape,
  }));
  await lookAtTexts(engine, table, facts, (i) => String(rows.get(i)?.example ?? ''), `(json ->> '$')`);
  return facts;
}

type MutableFacts = PropertyFacts & { textShape: TextShape };

/** The same of columns that are texts themselves where all that they hold is text; of those, what the texts are. */
export async function lookAtPlainTexts(engine: Engine, table: string, facts: readonly MutableFacts[]): Promise<void> {
  const texts = [...facts.keys()].filter((i) => isText(facts[i]!));
  const rows = await ofEachColumn(engine, table, texts, ['any_value(json) AS example']);
  await lookAtTexts(engine, table, facts, (i) => String(rows.get(i)?.example ?? ''), 'json');
}

const isText = ({ kinds }: PropertyFacts) => kinds.size === 1 && kinds.has('VARCHAR');

/**
 * Whether texts of which one looks like a date or a time are all such.
 * @param text SQL for the text of a value `json`
 */
async function lookAtTexts(
  engine: Engine,
  table: string,
  facts: readonly MutableFacts[],
  exampleOf: (column: number) => string,
  text: string,
): Promise<void> {
  const texts = [...facts.keys()].filter((i) => isText(facts[i]!));
  const looksLike = (pattern: string) => texts.filter((i) => new RegExp(`^${pattern}$`).test(exampleOf(i)));
  const stamps = await ofEachColumn(engine, table, looksLike(STAMP), [
    `bool_and(${isStamp(text)}) FILTER (${text} IS NOT NULL) AS stamp`,
    `bool_or(${hasOffset(text)}) AS with_offset`,
  ]);
  for (const [i, { stamp, with_offset }] of stamps)
    if (stamp === true) facts[i]!.textShape = with_offset === true ? 'datetime with offset' : 'datetime';
  const times = await ofEachColumn(engine, table, looksLike(TIME), [`bool_and(${shaped(text, TIME)}) AS time`]);
  for (const [i, { time }] of times) if (time === true) facts[i]!.textShape = 'time';
}

/** Aggregates over each of some columns by its number; in them, a value goes by `json`. */
async function ofEachColumn(
  engine: Engine,
  table: string,
  columns: readonly number[],
  aggregates: readonly string[],
): Promise<Map<number, Row>> {
  const found = new Map<number, Row>();
  for (let first = 0; first < columns.length; first += COLUMNS_AT_ONCE) {
    const some = columns.slice(first, first + COLUMNS_AT_ONCE);
    const laid = `SELECT unnest([${some.map((i) => `c${i}`).join(', ')}]) AS json, unnest(range(${some.length})) AS place FROM ${table}`;
    const rows = await engine.rows(`SELECT place, ${aggregates.join(', ')} FROM (${laid}) GROUP BY place`);
    for (const row of rows) found.set(some[Number(row.place)]!, row);
  }
  return found;
}
