import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { type Compiled, cannot } from './looked-at.ts';

interface Tree {
  error: boolean;
  error_message?: string;
  statements?: {
    node?: { type?: string; select_list?: unknown[]; from_table?: { type?: string } } & Record<string, unknown>;
  }[];
}

/** Parts of an expression that look at other rows, or at anything else than the row. */
const BEYOND_THE_ROW: Readonly<Record<string, string>> = {
  SUBQUERY: 'a query',
  WINDOW: 'a window',
  STAR: 'all columns',
};

/**
 * What somebody has written in SQL, as a condition of one row. It is taken apart by DuckDB before it is put into a query:
 * nothing that ends the expression, reads a file or holds a query of its own gets through.
 */
export async function rowExpression(engine: Engine, text: string, ignoreNulls: boolean): Promise<Compiled> {
  const { tree } = await engine.row(`SELECT json_serialize_sql(${literal(`SELECT ${text}`)}) AS tree`);
  const parsed = JSON.parse(String(tree)) as Tree;
  if (parsed.error) return cannot(`the expression is not understood: ${parsed.error_message}`);
  const [statement, more] = parsed.statements ?? [];
  const { node } = statement ?? {};
  const [expression, another] = node?.select_list ?? [];
  const isAlone = node?.type === 'SELECT_NODE' && node.from_table?.type === 'EMPTY' && !isClaused(node);
  if (more || another || !expression || !isAlone) return cannot('it has to be one expression and nothing besides');
  let beyond: string | undefined;
  const columns = new Set<string>();
  visit(expression, (part) => {
    beyond ??= BEYOND_THE_ROW[String(part.class)];
    if (part.class === 'COLUMN_REF') columns.add((part.column_names as string[]).at(-1)!);
  });
  if (beyond) return cannot(`the expression holds ${beyond}; it is to be about one row`);
  // Written again by DuckDB: without comments.
  const { sql } = await engine.row(`SELECT json_deserialize_sql(${literal(String(tree))}::JSON) AS sql`);
  const clean = `(${String(sql).replace(/^SELECT /, '')})::BOOLEAN`;
  const parts = [...columns].map(
    (name) => `${literal(`${name}=`)} || coalesce(left(CAST(${identifier(name)} AS VARCHAR), 50), 'null')`,
  );
  return {
    by: 'rows',
    fails: ignoreNulls ? `(${clean} IS NOT NULL AND NOT ${clean})` : `NOT coalesce(${clean}, false)`,
    shows: parts.length === 0 ? 'NULL' : `concat_ws(', ', ${parts.join(', ')})`,
    says: `not as \`${text}\` says`,
  };
}

function isClaused(node: Record<string, unknown>): boolean {
  const list = (key: string) => Array.isArray(node[key]) && (node[key] as unknown[]).length > 0;
  return (
    ['where_clause', 'having', 'qualify', 'sample'].some((key) => node[key]) ||
    list('group_expressions') ||
    list('modifiers')
  );
}

function visit(value: unknown, see: (part: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) for (const each of value) visit(each, see);
  else if (value !== null && typeof value === 'object') {
    see(value as Record<string, unknown>);
    for (const each of Object.values(value)) visit(each, see);
  }
}
