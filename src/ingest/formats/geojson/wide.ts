import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Engine } from '../../../engine/engine.ts';
import type { RelationColumn } from '../../../relation/relation.ts';
import type { FormatContext } from '../format.ts';
import { readRecordLines } from '../json-record-files.ts';
import type { Slots } from '../json-slots.ts';
import { gathered, type JsonTable } from '../json-table.ts';
import { checkColumns } from '../limits.ts';
import type { ValueColumn } from '../value-column.ts';
import { holdsOnly } from '../value-kinds.ts';
import type { Envelope } from './cut.ts';
import { FIELDS_AT_ONCE, geometryOf } from './feature-rows.ts';
import { isCollection } from './features.ts';
import { fieldOrder } from './field-order.ts';
import {
  areScalars,
  type Kind,
  type PropertyFacts,
  propertyColumn,
  scalarType,
  type TextShape,
  textColumn,
} from './fields.ts';
import { lookAtPlainTexts } from './properties.ts';
import { structuredColumn } from './structured.ts';

/** Bytes of a feature from which on DuckDB, which holds 2,048 of them at a time for each thread, needs much memory. */
const WIDE_BYTES = 16 * 1024;
const PROPERTIES = 'properties';
/** Stands between `properties` and the name of a property in the names of columns; no other member's name has it. */
const SEPARATOR = '\0';
/** Of columns beside those of properties. */
const OTHER_MEMBERS = 100;

/**
 * Features of very many properties, taken apart here: DuckDB would hold thousands of them whole. Gives what stands behind
 * FROM, where columns go by `c0`, `c1`, … and `geometry`, and the columns.
 *
 * @returns undefined where features are not so wide, or something about them is unusual
 * @throws LifecycleError ING_LIMIT
 */
export async function wideFeatures(
  lines: string,
  envelope: Envelope,
  context: FormatContext,
): Promise<{ from: string; columns: Pick<RelationColumn, 'name' | 'type'>[] } | undefined> {
  if (!isCollection(envelope) || envelope.longest < WIDE_BYTES || !(await startsWide(lines))) return undefined;
  const { engine, bounds } = context;
  const names = new FieldNames();
  const options = { depth: 1, separator: SEPARATOR, asWritten: true, only: PROPERTIES };
  const table = await gathered(
    { ...context, bounds: { ...bounds, columns: bounds.columns + OTHER_MEMBERS } },
    () => 'kept',
    (table) => readRecordLines(lines, options, table, (nested, isLikeLast) => names.see(nested, isLikeLast)),
  );
  if (!table || !(await isUsual(engine, table))) return undefined;
  const order = fieldOrder(names.lists);
  if (order.includes('id')) return undefined;
  checkColumns({ names: order }, bounds);
  const byName = new Map(table.columns.map((column) => [column.name, column.values]));
  const columns = await columnsOf(
    engine,
    table,
    order.map((name) => byName.get(`${PROPERTIES}${SEPARATOR}${name}`)!),
  );
  // In place of a join with a table of geometries, in which each column would take its memory once more.
  const geometry = geometryOf(byName.get('geometry')?.json() ?? 'NULL::JSON');
  const list = [...columns.map(({ expression }, i) => `${expression} AS c${i}`), `${geometry} AS geometry`];
  const from = `(SELECT ${list.join(', ')} FROM ${table.scan})`;
  try {
    await engine.row(`SELECT count(geometry) FROM ${from}`);
  } catch {
    return undefined;
  }
  return { from, columns: columns.map(({ type }, i) => ({ name: order[i]!, type })) };
}

/** Whether the other members of features are such that only the properties become columns. */
async function isUsual(engine: Engine, table: JsonTable): Promise<boolean> {
  const valuesOf = (name: string) => table.columns.find((column) => column.name === name)?.values;
  const [type, id] = [valuesOf('type'), valuesOf('id')];
  if (!type || type.tally.values < table.rows || !holdsOnly(type.tally, 'text')) return false;
  // Whole numbers are GDAL's own numbers of features; what else stands there may become a property.
  if (id && (id.tally.least < 0 || id.has('large') || id.has('json') || !holdsOnly(id.tally, 'integer'))) return false;
  const types = table.selected([type.expression('VARCHAR')]);
  return Number((await engine.row(`SELECT count(*) AS n FROM ${types} WHERE c0 <> 'Feature'`)).n) === 0;
}

/** SQL over the columns of the closed table. */
async function columnsOf(engine: Engine, table: JsonTable, values: readonly ValueColumn[]) {
  const facts = values.map((column) => factsOf(column, table.rows));
  const texts = table.selected(values.map((column) => column.expression('VARCHAR', { without: 'json' })));
  await lookAtPlainTexts(engine, texts, facts);
  const columns: { expression: string; type: string }[] = [];
  for (const [i, column] of values.entries()) columns.push(await columnOf(engine, table, column, facts[i]!));
  return columns;
}

async function columnOf(engine: Engine, table: JsonTable, column: ValueColumn, facts: PropertyFacts) {
  const { kinds, hasNulls, textShape } = facts;
  if (kinds.size > 0 && areScalars(kinds)) {
    const type = hasNulls ? 'DOUBLE' : scalarType(kinds);
    return { expression: column.expression(type), type };
  }
  if (kinds.size === 1 && kinds.has('VARCHAR')) return textColumn(column.expression('VARCHAR'), textShape);
  const json = column.json();
  const structured = column.has('json') ? await structuredColumn(engine, table.numbered, json, facts) : undefined;
  return structured ?? propertyColumn(json, facts);
}

const KINDS: Partial<Record<string, Kind>> = { text: 'VARCHAR', bool: 'BOOLEAN', float: 'DOUBLE' };

/** What `lookAtProperties` finds of a column, without the shape of its texts. */
function factsOf(column: ValueColumn, rows: number): PropertyFacts & { textShape: TextShape } {
  const { tally, lists, objects } = column;
  const kinds = new Set<Kind>();
  for (const kind of tally.kinds.keys()) kinds.add(KINDS[kind] ?? wholeKind(column));
  if (lists > 0) kinds.add('ARRAY');
  if (objects > 0) kinds.add('OBJECT');
  return { kinds, hasNulls: tally.values + lists + objects < rows, textShape: 'text' };
}

function wholeKind(column: ValueColumn): Kind {
  const { least, greatest } = column.tally;
  if (column.has('large')) return 'DOUBLE';
  return least >= -(2 ** 31) && greatest < 2 ** 31 ? 'INT32' : 'INT64';
}

/** Whether the first feature has more properties than are looked at in one structure. */
async function startsWide(lines: string): Promise<boolean> {
  const input = createReadStream(lines);
  try {
    for await (const line of createInterface({ input })) {
      const { properties } = JSON.parse(line) as { properties?: unknown };
      return typeof properties === 'object' && Object.keys(properties ?? {}).length > FIELDS_AT_ONCE;
    }
  } catch {
    // Whatever it is, others tell.
  } finally {
    input.destroy();
  }
  return false;
}

/** The distinct lists of names that features have, in order of first appearance. */
class FieldNames {
  readonly lists: string[][] = [];
  readonly #known = new Set<string>();
  #lastCount = -1;

  see({ members, count }: Slots, isLikeLast: boolean): void {
    if (isLikeLast && count === this.#lastCount) return;
    this.#lastCount = count;
    const from = PROPERTIES.length + SEPARATOR.length;
    const names = [...new Set(members.slice(0, count).map(({ name }) => name.slice(from)))];
    const key = JSON.stringify(names);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.lists.push(names);
  }
}
