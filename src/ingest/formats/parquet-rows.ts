import path from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';

/**
 * A parquet file states its rows three times: as a whole, for each row group, and for each column in it. DuckDB goes by
 * the second alone, and would leave rows out without a word.
 *
 * @throws LifecycleError ING_BAD_FILE where they differ
 */
export async function requireStatedRows(engine: Engine, file: string): Promise<void> {
  const { stated } = await engine.row(`SELECT num_rows AS stated FROM parquet_file_metadata(${literal(file)})`);
  const groups = await engine.rows(
    `SELECT row_group_id AS id, any_value(row_group_num_rows) AS rows,
      any_value(path_in_schema) FILTER (is_other) AS path, any_value(num_values) FILTER (is_other) AS other
      FROM (SELECT *, num_values <> row_group_num_rows AND NOT contains(path_in_schema, ', ') AS is_other
        FROM parquet_metadata(${literal(file)})) GROUP BY row_group_id`,
  );
  const held = groups.reduce((sum, { rows }) => sum + Number(rows), 0);
  if (Number(stated) !== held) throw differing(file, `states ${stated} rows, and its row groups hold ${held}`);
  const odd = groups.find(({ other }) => other !== null);
  if (odd)
    throw differing(
      file,
      `states ${odd.rows} rows for row group ${Number(odd.id) + 1}, and ${odd.other} values of column ${JSON.stringify(odd.path)} in it`,
    );
}

function differing(file: string, what: string): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `${path.basename(file)} ${what}`, {
    hint: 'the file is damaged: fetch it again; if it stays so, tell the owner of the source',
  });
}
