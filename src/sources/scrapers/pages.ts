import { inParallel } from '../../in-parallel.ts';
import type { SourceContext } from '../source.ts';

/** Pages read at once from one site; more would be impolite. */
const PAGES_AT_ONCE = 4;

/**
 * `work` on every page, a few at a time; results in the order of the items. The first failure ends what is under way.
 * @param label for the progress
 */
export async function readPages<T, R>(
  items: readonly T[],
  label: string,
  context: SourceContext,
  work: (item: T, context: SourceContext) => Promise<R>,
): Promise<R[]> {
  const failure = new AbortController();
  const inner = { ...context, signal: AbortSignal.any([context.signal, failure.signal]) };
  let done = 0;
  return inParallel(items, PAGES_AT_ONCE, async (item) => {
    try {
      const result = await work(item, inner);
      context.reporter.progress(label, ++done, items.length, 'rows');
      return result;
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
}
