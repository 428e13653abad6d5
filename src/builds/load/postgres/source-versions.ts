import type pg from 'pg';
import { identifier } from '../../../engine/sql.ts';
import { parseCsv } from '../../lock/release-csv.ts';

export const SOURCE_VERSIONS_TABLE = 'source_data_versions';

/**
 * Makes source_data_versions.csv a table. The department's loader lets pandas guess the types: a column of whole
 * numbers becomes bigint, one without any value double precision.
 */
export async function loadSourceVersions(client: pg.Client, schema: string, csv: string): Promise<void> {
  const [header = [], ...rows] = parseCsv(csv);
  const name = `${identifier(schema)}.${identifier(SOURCE_VERSIONS_TABLE)}`;
  const types = header.map((_, column) => guessedType(rows.map((row) => row[column] ?? '')));
  const columns = header.map((column, i) => `${identifier(column)} ${types[i]}`);
  await client.query(`CREATE TABLE ${name} (${columns.join(', ')})`);
  for (const row of rows) {
    const places = header.map((_, i) => `$${i + 1}::text::${types[i]}`);
    const values = header.map((_, i) => row[i] || null);
    await client.query(`INSERT INTO ${name} VALUES (${places.join(', ')})`, values);
  }
}

function guessedType(values: readonly string[]): 'text' | 'bigint' | 'double precision' {
  const present = values.filter((value) => value !== '');
  if (present.length === 0) return 'double precision';
  const whole = present.every((value) => /^[-+]?\d{1,18}$/.test(value));
  if (whole) return present.length === values.length ? 'bigint' : 'double precision';
  return present.every((value) => /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(value))
    ? 'double precision'
    : 'text';
}
