import { type Relation, rearrange } from '../relation.ts';
import { type ApplyStep, requireColumns, type StepContext } from './step.ts';

export const apply: ApplyStep = async (relation, args, context) =>
  sorted(relation, args.by as string[], args.ascending !== false, context);

/** Nulls last in both directions, text by code point, ties in the order they came in. */
export async function sorted(
  relation: Relation,
  by: readonly string[],
  ascending: boolean,
  context: StepContext,
): Promise<Relation> {
  requireColumns(relation, by);
  const direction = ascending ? 'ASC' : 'DESC';
  return rearrange(
    context.engine,
    relation,
    (ref) => `ORDER BY ${[...by.map((name) => `${ref(name)} ${direction} NULLS LAST`), 'rowid'].join(', ')}`,
  );
}
