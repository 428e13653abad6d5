import type { SourceContext } from '../source.ts';

/** Pages read at once from one site; more would be impolite. */
const PARALLEL = 4;

/**
 * `work` on every item, a few at a time; results in the order of the items. The first failure ends what is under way.
 * @param label for the progress
 */
export async function inParallel<T, R>(
  items: readonly T[],
  label: string,
  context: SourceContext,
  work: (item: T, context: SourceContext) => Promise<R>,
): Promise<R[]> {
  const failure = new AbortController();
  const inner = { ...context, signal: AbortSignal.any([context.signal, failure.signal]) };
  const results: R[] = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < items.length && !failure.signal.aborted) {
      const index = next++;
      results[index] = await work(items[index] as T, inner);
      context.reporter.progress(label, ++done, items.length, 'rows');
    }
  };
  const workers = Array.from({ length: Math.min(PARALLEL, items.length) }, worker);
  try {
    await Promise.all(workers);
    return results;
  } catch (error) {
    failure.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
}
