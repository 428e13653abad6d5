import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';

/** One SELECT as DuckDB understands it. */
export interface Statement {
  /** As DuckDB writes it again: without comments, and nothing after it. */
  sql: string;
  tables: TableName[];
  /** Names that the statement itself defines (WITH). */
  defined: ReadonlySet<string>;
}

/** A table that a statement names: `a`, `a.b` or `a.b.c`. */
export type TableName = readonly string[];

/** These make rows of nothing but their arguments. Others read files, call the network, or hide SQL in a text. */
const TABLE_FUNCTIONS = new Set([
  'range',
  'generate_series',
  'unnest',
  'repeat',
  'repeat_row',
  'json_each',
  'json_tree',
]);

/** @throws LifecycleError LIF_BAD_QUERY unless it is one SELECT of tables and such functions */
export async function parseStatement(engine: Engine, text: string): Promise<Statement> {
  let tree = await serialize(engine, text);
  // `@` stands in no name of SQL without quotes: there nothing else can have been meant.
  if (tree.error && tree.error_type === 'parser' && text.includes('@')) {
    const quoted = await serialize(engine, quoteNames(text));
    if (!quoted.error) tree = quoted;
  }
  if (tree.error) throw refused(tree, text);
  if (tree.statements?.length !== 1) throw bad('one statement is run at a time', 'leave all but one out');
  const tables = new Map<string, TableName>();
  const defined = new Set<string>();
  visit(tree.statements, (node) => {
    const { map } = (node.cte_map ?? {}) as { map?: { key: string }[] };
    for (const { key } of map ?? []) defined.add(key);
    if (node.type === 'BASE_TABLE') {
      const name = [node.catalog_name, node.schema_name, node.table_name].map(String).filter((part) => part !== '');
      tables.set(JSON.stringify(name), name);
    }
    if (node.type === 'TABLE_FUNCTION') {
      const name = String((node.function as Record<string, unknown>).function_name).toLowerCase();
      if (!TABLE_FUNCTIONS.has(name)) {
        throw bad(
          `the function ${name} may not be read from`,
          'a Parquet file is named by its path in quotes: FROM "data.parquet"',
        );
      }
    }
  });
  const { sql } = await engine.row(`SELECT json_deserialize_sql(${literal(tree.text)}::JSON) AS sql`);
  return { sql: String(sql), tables: [...tables.values()], defined };
}

interface Tree {
  /** As DuckDB wrote it: it holds numbers that JavaScript has not. */
  text: string;
  error: boolean;
  error_type?: string;
  error_message?: string;
  statements?: unknown[];
}

async function serialize(engine: Engine, text: string): Promise<Tree> {
  const { tree } = await engine.row(`SELECT json_serialize_sql(${literal(text)}) AS tree`);
  return { ...(JSON.parse(String(tree)) as Tree), text: String(tree) };
}

function visit(value: unknown, see: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) for (const each of value) visit(each, see);
  else if (value !== null && typeof value === 'object') {
    see(value as Record<string, unknown>);
    for (const each of Object.values(value)) visit(each, see);
  }
}

/** Texts, quoted names and comments stay as they are; a word with a version after `@` becomes a quoted name. */
function quoteNames(text: string): string {
  const parts = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[\p{L}\p{N}_.-]+@[\p{L}\p{N}_.+:-]+/gu;
  return text.replace(parts, (part) => (/^['"/]|^--/.test(part) ? part : `"${part}"`));
}

function refused({ error_type, error_message }: Tree, text: string): LifecycleError {
  if (error_type === 'not implemented') {
    return bad(
      'only SELECT is run: nothing of the store is changed by SQL',
      'write a result with --csv or --parquet FILE',
    );
  }
  const hint = text.includes('@') ? 'quote names with a version: FROM "nyc_boroughs@16a"' : undefined;
  return bad(`the query is not understood: ${error_message}`, hint);
}

function bad(message: string, hint: string | undefined): LifecycleError {
  return new LifecycleError('LIF_BAD_QUERY', message, { hint });
}
