import type { Order, Sorting } from '../parts/asset-table.tsx';
import { listIs, routeOf } from '../route.ts';

export const FACETS = ['kind', 'state', 'source', 'formats', 'products'] as const;
export type Facet = (typeof FACETS)[number];

/** What the list is narrowed to and sorted by. It stands in the address: who comes back finds it, and can hand it on. */
export interface ListQuery {
  text: string;
  chosen: Partial<Record<Facet, string>>;
  sorting: Sorting;
}

const ORDERS: readonly Order[] = ['id', 'state', 'age', 'rows', 'bytes', 'versions'];

export function queryIn(hash: string): ListQuery {
  const given = new URLSearchParams(hash.split('?')[1] ?? '');
  const sort = given.get('sort') ?? 'id';
  const by = ORDERS.find((order) => order === sort.replace(/^-/, '')) ?? 'id';
  const chosen = FACETS.flatMap((facet) => (given.get(facet) ? [[facet, given.get(facet)!]] : []));
  return { text: given.get('q') ?? '', chosen: Object.fromEntries(chosen), sorting: { by, isDown: sort[0] === '-' } };
}

/** Tells of another question in the address, as a link or a step back brings it, until it is stopped. */
export function whenAsked(tell: (query: ListQuery) => void): () => void {
  const look = () => {
    if (routeOf(location.hash).page === 'assets') tell(queryIn(location.hash));
  };
  addEventListener('hashchange', look);
  return () => removeEventListener('hashchange', look);
}

/** Puts it into the address, without a step in the browser's history for each letter. */
export function keepQuery({ text, chosen, sorting }: ListQuery): void {
  const given = new URLSearchParams(text === '' ? {} : { q: text });
  for (const facet of FACETS) if (chosen[facet] !== undefined) given.set(facet, chosen[facet]);
  if (sorting.by !== 'id' || sorting.isDown) given.set('sort', `${sorting.isDown ? '-' : ''}${sorting.by}`);
  listIs(given.size === 0 ? '' : `?${given}`);
}
