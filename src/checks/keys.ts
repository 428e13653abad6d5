import { counted } from '../counts.ts';
import { literal } from '../engine/sql.ts';
import { kindOf } from '../profile/kinds.ts';
import { columnsOf, type Finding, type LookedAt, type LookedAtColumn, type Sample } from './looked-at.ts';

/** Rows whose values in these columns stand more than once; `nulls` fail as well, of a key. */
export async function repeated(
  at: LookedAt,
  columns: readonly LookedAtColumn[],
  nulls: 'equal' | 'refused',
  cases: number,
): Promise<Finding> {
  const names = columns.map(({ sql }) => sql).join(', ');
  const isNull = nulls === 'refused' ? columns.map(({ present }) => `NOT ${present}`).join(' OR ') : 'false';
  const shown = `concat_ws(', ', ${columns.map(({ sql }) => `coalesce(left(CAST(${sql} AS VARCHAR), 100), 'null')`).join(', ')})`;
  // Only what fails becomes text: the groups are as many as the rows where all is well.
  const row = await at.engine.row(
    `SELECT sum(times - 1) FILTER (NOT is_null) AS repeated, sum(times) FILTER (is_null) AS nulls,
       arg_min({'row': place, 'value': ${shown}}, place, ${cases}) AS samples
     FROM (SELECT ${names}, count(*) AS times, min(place) AS place, (${isNull}) AS is_null
       FROM ${at.relation} GROUP BY ${names} HAVING count(*) > 1 OR (${isNull}))`,
  );
  const [twice, absent] = [Number(row.repeated ?? 0), Number(row.nulls ?? 0)];
  const says = [
    ...(twice > 0 ? [`${counted(twice)} rows repeat another`] : []),
    ...(absent > 0 ? [`${counted(absent)} rows have none`] : []),
  ].join(', and ');
  return { says: says || undefined, failing: twice + absent, samples: samplesOf(row.samples) };
}

/** Rows whose value stands in no row of another file's column. */
export async function withoutReference(
  at: LookedAt,
  column: LookedAtColumn,
  other: { dataset: string; column: string },
  cases: number,
): Promise<Finding> {
  const { file, version } = await at.latest(other.dataset);
  const names = await at.engine.describe(`SELECT * FROM read_parquet(${literal(file)})`);
  const theirs = (
    await columnsOf(
      at.engine,
      file,
      names.map(({ name }) => name),
    )
  ).find(({ name }) => name === other.column);
  const where = `${other.dataset}@${version}`;
  const none = (why: string): Finding => ({ says: `cannot be carried out: ${why}`, failing: null, samples: [] });
  if (!theirs) return none(`${where} has no column ${other.column}`);
  if (kindOf(theirs.type) !== column.kind)
    return none(`${other.column} of ${where} is ${theirs.type} and ${column.name} ${column.type}`);
  const row = await at.engine.row(
    `SELECT count(*) AS failing, arg_min({'row': place, 'value': left(CAST(${column.sql} AS VARCHAR), 200)}, place, ${cases}) AS samples
     FROM ${at.relation} AS mine ANTI JOIN (SELECT DISTINCT ${theirs.sql} AS theirs FROM read_parquet(${literal(file)})) AS other
       ON mine.${column.sql} = other.theirs
     WHERE ${column.present.replaceAll(column.sql, `mine.${column.sql}`)}`,
  );
  const failing = Number(row.failing);
  const says =
    failing === 0 ? undefined : `${counted(failing)} rows have a value that ${other.column} of ${where} lacks`;
  return { says, failing, samples: samplesOf(row.samples) };
}

/** What `arg_min` gives for the first rows. */
export function samplesOf(found: unknown): Sample[] {
  const list = (found ?? []) as { row: unknown; value: unknown }[];
  return list.map(({ row, value }) => ({ row: Number(row) + 1, value: value === null ? null : String(value) }));
}
