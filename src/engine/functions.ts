import type { DuckDBScalarFunction } from '@duckdb/node-api';

type Load = () => Promise<readonly DuckDBScalarFunction[]>;

const providers = new Map<string, Load>();

/** Functions of this program that SQL may call; a session has them from its first statement on that names one. */
export function provideFunctions(prefix: string, load: Load): void {
  providers.set(prefix, load);
}

export function functionsNamedIn(sql: string): [prefix: string, load: Load][] {
  return [...providers].filter(([prefix]) => sql.includes(prefix));
}
