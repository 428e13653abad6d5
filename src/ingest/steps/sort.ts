import { LifecycleError } from '../../errors.ts';
import { type Relation, reordered } from '../../relation/relation.ts';
import { type ApplyStep, requireColumns, type StepContext } from './step.ts';

export const apply: ApplyStep<'sort'> = async (relation, args, context) =>
  sorted(relation, args.by, args.ascending, context);

/**
 * `ascending` as pandas takes it: one truth value for all columns, or a list with one for each.
 *
 * @throws LifecycleError ING_BAD_OPTION
 */
export function directionsOf(ascending: unknown, columns: number): ('ASC' | 'DESC')[] {
  const each = Array.isArray(ascending) ? ascending : new Array<unknown>(columns).fill(ascending ?? true);
  if (each.length === columns && each.every((value) => typeof value === 'boolean' || value === 0 || value === 1))
    return each.map((value) => (value ? 'ASC' : 'DESC'));
  throw new LifecycleError('ING_BAD_OPTION', `sort: ascending is ${JSON.stringify(ascending)}`, {
    hint: `write true or false, or a list of ${columns} of them, one for each column of by`,
  });
}

/** Nulls last in both directions, text by code point, ties in the order they came in. */
export async function sorted(
  relation: Relation,
  by: readonly string[],
  ascending: unknown,
  context: StepContext,
): Promise<Relation> {
  requireColumns(relation, by);
  const keys = sortKeys(by, ascending);
  return reordered(context.engine, relation, (ref, place) => `ORDER BY ${[...keys(ref), place].join(', ')}`);
}

/** What stands behind ORDER BY, as `sorted` has it, but for the ties. */
export function sortKeys(by: readonly string[], ascending: unknown): (ref: (name: string) => string) => string[] {
  const directions = directionsOf(ascending, by.length);
  return (ref) => by.map((name, i) => `${ref(name)} ${directions[i]} NULLS LAST`);
}
