import { version } from '@duckdb/node-api';
import { programVersion } from '../settings/settings.ts';

/** The programs that made something, so that what differs later can be laid to a newer one. */
export interface MadeWith {
  /** Of this program, as in package.json. */
  lifecycle: string;
  /** As DuckDB says it, such as `v1.5.5`. */
  duckdb: string;
}

export function madeWith(): MadeWith {
  return { lifecycle: programVersion(), duckdb: version() };
}
