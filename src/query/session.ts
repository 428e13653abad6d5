import type { Engine } from '../engine/engine.ts';
import { identifier, literalList } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { type NamedData, type ReferenceScope, relationOf, resolveData } from '../store/reference.ts';
import { withEngine } from '../store/scratch.ts';
import { parseStatement, type TableName } from './statement.ts';

/** A query that may run: its tables are there, and nothing else is. */
export interface Query {
  engine: Engine;
  sql: string;
  tables: NamedData[];
}

/**
 * Makes a session in which a query finds the data that it names, and can reach no other file, setting or extension.
 *
 * @param writes files that may be written besides, by this program
 * @throws LifecycleError LIF_BAD_QUERY, and what `resolveData` throws
 */
export async function withQuery<T>(
  scope: ReferenceScope & { venvDir: string; signal: AbortSignal },
  text: string,
  writes: readonly string[],
  work: (query: Query) => Promise<T>,
): Promise<T> {
  try {
    return await withEngine(scope, scope.signal, async (engine) => {
      const statement = await parseStatement(engine, text);
      await engine.load('spatial');
      const tables: NamedData[] = [];
      for (const name of statement.tables) {
        const data = await found(scope, name, statement.defined);
        if (!data) continue;
        await provide(engine, name, data);
        tables.push(data);
      }
      await engine.run(`SET allowed_paths = ${literalList([...tables.map(({ file }) => file), ...writes])}`);
      await engine.run('SET enable_external_access = false');
      await engine.run('SET lock_configuration = true');
      return work({ engine, sql: statement.sql, tables });
    });
  } catch (cause) {
    scope.signal.throwIfAborted();
    if (cause instanceof LifecycleError) throw cause;
    const [message] = (cause instanceof Error ? cause.message : String(cause)).split('\n\n');
    throw new LifecycleError('LIF_BAD_QUERY', `the query cannot be run: ${message}`, { cause });
  }
}

/** What a name stands for. One that the query itself defines (WITH) may be unknown: DuckDB says so if it is missed. */
async function found(
  scope: ReferenceScope,
  name: TableName,
  defined: ReadonlySet<string>,
): Promise<NamedData | undefined> {
  try {
    return await resolveData(scope, name.join('.'));
  } catch (error) {
    const isOwn = name.length === 1 && defined.has(name[0]!) && (error as LifecycleError).code === 'LIF_UNKNOWN_ID';
    if (isOwn) return undefined;
    throw error;
  }
}

async function provide(engine: Engine, name: TableName, data: NamedData): Promise<void> {
  const above = name.slice(0, -1).map(identifier);
  if (above.length === 2) await engine.run(`ATTACH IF NOT EXISTS ':memory:' AS ${above[0]}`);
  if (above.length > 0) await engine.run(`CREATE SCHEMA IF NOT EXISTS ${above.join('.')}`);
  await engine.run(`CREATE OR REPLACE VIEW ${name.map(identifier).join('.')} AS SELECT * FROM ${relationOf(data)}`);
}

/** The query with its geometries as text, for whoever reads rows. */
export async function readableSql({ engine, sql }: Pick<Query, 'engine' | 'sql'>): Promise<string> {
  const columns = await engine.describe(`(${sql})`);
  const shapes = columns.filter(({ type }) => type.startsWith('GEOMETRY')).map(({ name }) => identifier(name));
  if (shapes.length === 0) return sql;
  return `SELECT * REPLACE (${shapes.map((name) => `ST_AsText(${name}) AS ${name}`).join(', ')}) FROM (${sql})`;
}
