/**
 * The elements of a parquet schema that are columns. It lists columns and the fields nested in them depth first; its
 * first element, the root, is to be left away.
 */
export function columnsAmong<E>(elements: readonly E[], childrenOf: (element: E) => number): E[] {
  let nested = 0;
  return elements.filter((element) => {
    const isColumn = nested === 0;
    nested = Math.max(0, nested - 1) + childrenOf(element);
    return isColumn;
  });
}
