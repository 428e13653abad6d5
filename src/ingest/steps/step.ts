import type { Engine } from '../../engine/engine.ts';
import { LifecycleError } from '../../errors.ts';
import type { StepArguments } from '../../project/vocabulary/step-arguments.ts';
import type { StepName } from '../../project/vocabulary/steps.ts';
import { columnNames, describeNames, findColumn, type Relation, type RelationColumn } from '../../relation/relation.ts';
import type { Reporter } from '../../report.ts';
import type { Settings } from '../../settings/settings.ts';

export interface StepContext {
  engine: Engine;
  settings: Settings;
  reporter: Reporter;
  signal: AbortSignal;
  workDir: string;
  /** A step may take the first rows of a large file to tell what all of it is like (`src/relation/assumption.ts`). */
  trustSample: boolean;
  /** A published version of the dataset at hand, as a plain table; `latest` is the one before this run's. */
  previousVersion(version: string): Promise<Relation>;
  /** Adds to what config.json says of the step. */
  note?(facts: Readonly<Record<string, unknown>>): void;
}

/**
 * A processing step: from a relation to a relation. Most rewrite expressions and touch no rows; one that must look at
 * values runs an aggregate first and throws ING_BAD_VALUE with the value and its row.
 */
export type ApplyStep<N extends StepName> = (
  relation: Relation,
  args: StepArguments<N>,
  context: StepContext,
) => Promise<Relation>;

/** @throws LifecycleError ING_MISSING_COLUMN */
export function requireColumn(relation: Relation, name: string): RelationColumn {
  const column = findColumn(relation, name);
  if (!column) throw missingColumns(relation, [name]);
  return column;
}

/** @throws LifecycleError ING_MISSING_COLUMN naming all that are missing */
export function requireColumns(relation: Relation, names: readonly string[]): RelationColumn[] {
  const missing = names.filter((name) => !findColumn(relation, name));
  if (missing.length > 0) throw missingColumns(relation, missing);
  return names.map((name) => findColumn(relation, name)!);
}

function missingColumns(relation: Relation, names: readonly string[]): LifecycleError {
  const many = names.length > 1;
  return new LifecycleError(
    'ING_MISSING_COLUMN',
    `column${many ? 's' : ''} ${describeNames(names)} ${many ? 'are' : 'is'} not in the data`,
    {
      hint: `the columns at this step are ${describeNames(columnNames(relation))}`,
      details: { missing: names },
    },
  );
}

/** @throws LifecycleError ING_NO_GEOMETRY */
export function requireGeometry(relation: Relation): NonNullable<Relation['geometry']> {
  if (relation.geometry) return relation.geometry;
  throw new LifecycleError('ING_NO_GEOMETRY', 'the data have no geometry at this step', {
    hint: 'describe where the coordinates are with `geometry` in file_format, or with the step convert_to_geometry',
  });
}
