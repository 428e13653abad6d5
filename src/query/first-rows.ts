import type { ColumnInfo } from '../engine/engine.ts';
import { identifier } from '../engine/sql.ts';
import type { Settings } from '../settings/settings.ts';
import { type NamedData, relationOf } from '../store/reference.ts';
import { withEngine } from '../store/scratch.ts';

export interface FirstRows {
  columns: ColumnInfo[];
  /** As texts; a geometry as the beginning of its WKT. */
  rows: (string | null)[][];
}

/** Characters of a value that are kept: it is to be looked at, and some geometries are as long as a book. */
const KEPT = 200;

/** The first rows of a table in the order of its file. */
export async function firstRows(
  data: Pick<NamedData, 'file' | 'format'>,
  { settings, signal }: { settings: Pick<Settings, 'venvDir' | 'storeDir'>; signal: AbortSignal },
  count: number,
): Promise<FirstRows> {
  return withEngine(settings, signal, async (engine) => {
    const from = relationOf(data);
    const columns = await engine.describe(`SELECT * FROM ${from}`);
    const isShape = ({ type }: ColumnInfo) => type.startsWith('GEOMETRY');
    if (columns.some(isShape)) await engine.load('spatial');
    const values = columns.map((column, i) => {
      const name = identifier(column.name);
      const text = isShape(column) ? `ST_AsText(${name})` : `CAST(${name} AS VARCHAR)`;
      return `left(${text}, ${KEPT}) AS c${i}`;
    });
    const rows = await engine.rows(`SELECT ${values.join(', ')} FROM (SELECT * FROM ${from} LIMIT ${count})`);
    return { columns, rows: rows.map((row) => columns.map((_, i) => row[`c${i}`] as string | null)) };
  });
}
