import type { ColumnInfo, Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { kindOf } from '../profile/kinds.ts';
import type { WantedCheck } from '../project/dataset-checks.ts';

/** A column of a written file, as a check sees it. */
export interface LookedAtColumn extends ColumnInfo {
  kind: ReturnType<typeof kindOf>;
  /** The column in SQL. */
  sql: string;
  /** True of what is no null; a number that is none (NaN) is one to pandas. */
  present: string;
}

/** A written file and what a check may ask of its surroundings. */
export interface LookedAt {
  engine: Engine;
  /** What is read, with the row's number from 0 as `place`. */
  relation: string;
  columns: readonly LookedAtColumn[];
  geometryColumn: string | null;
  /** Names that the template declares. */
  declared: readonly string[];
  /** Those of them that may be absent. */
  optional: readonly string[];
  /** Those that make the primary key together. */
  key: readonly string[];
  /** ISO time at which the version is made. */
  now: string;
  /** Where the latest version of a dataset lies. @throws LifecycleError where there is none */
  latest(dataset: string): Promise<{ file: string; version: string }>;
}

/** Looks at the columns of a file. Names are those of its record, which can have some that DuckDB renames. */
export async function columnsOf(engine: Engine, file: string, names: readonly string[]): Promise<LookedAtColumn[]> {
  const described = await engine.describe(`SELECT * FROM read_parquet(${literal(file)})`);
  return described.map(({ name, type }, i) => {
    const sql = identifier(name);
    const isFloat = type === 'DOUBLE' || type === 'FLOAT';
    const present = isFloat ? `(${sql} IS NOT NULL AND NOT isnan(${sql}))` : `(${sql} IS NOT NULL)`;
    return { name: names[i] ?? name, type, kind: kindOf(type), sql, present };
  });
}

/** The column that a check is about; of a whole dataset its geometry. */
export function columnFor({ column }: WantedCheck, { columns, geometryColumn }: LookedAt): LookedAtColumn | undefined {
  return columns.find(({ name }) => name === (column ?? geometryColumn));
}

/** How a check is carried out. */
export type Compiled =
  /** Something that a row does or does not. */
  | { by: 'rows'; fails: string; shows: string; says: string; also?: Also }
  /** Something that all rows together say: values of aggregates, and what is wrong with them. */
  | { by: 'all'; also: Also }
  /** A look of its own at the file. */
  | { by: 'itself'; look(cases: number): Promise<Finding> }
  /** Decided without a look at the rows; undefined where it passes. */
  | { by: 'nothing'; fault: string | undefined };

interface Also {
  aggregates: readonly string[];
  /** What is wrong, and with how many rows, where that can be said. */
  judge(values: readonly unknown[], rows: number): { says: string; failing?: number } | undefined;
}

export interface Finding {
  /** Undefined where it passes. */
  says: string | undefined;
  failing: number | null;
  samples: Sample[];
}

/** A row that fails. */
export interface Sample {
  /** From 1, in the order of the file. */
  row: number;
  /** What it has there, shortened. */
  value: string | null;
}

export const cannot = (why: string): Compiled => ({ by: 'nothing', fault: `cannot be carried out: ${why}` });
