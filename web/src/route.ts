import { useEffect, useState } from 'react';
import type { Kind } from '../../src/serve/api.ts';

/** Where the person is. It stands behind the `#`, since what is before it belongs to Airflow. */
export type Route =
  | { page: 'assets' }
  | { page: 'asset'; kind: Kind; id: string }
  | { page: 'version'; kind: Kind; id: string; key: string }
  | { page: 'diff'; kind: Kind; id: string; a: string; b: string }
  | { page: 'lineage'; kind: Kind; id: string };

let home: Route = { page: 'assets' };
/** What the list of all assets was narrowed to last, as it stands in the address. */
let list = '';

/** Keeps what the list is narrowed to, for the address and for the ways back to it. */
export function listIs(query: string): void {
  list = query;
  const address = `${location.pathname}${location.search}#/${query}`;
  // Whoever is led elsewhere already is not called back.
  if (routeOf(location.hash).page === 'assets') history.replaceState(history.state, '', address);
}

/** What is shown where the address says nothing. */
export function homeIs(route: Route): void {
  home = route;
}

export function routeOf(hash: string): Route {
  if (hash === '' || hash === '#') return home;
  const [kind, id, ...rest] = hash.replace(/^#\/?/, '').split('?')[0]!.split('/').map(decoded);
  if ((kind !== 'ingest' && kind !== 'builds') || !id) return { page: 'assets' };
  const [what, first, second] = rest;
  if (what === 'version' && first) return { page: 'version', kind, id, key: first };
  if (what === 'diff' && first && second) return { page: 'diff', kind, id, a: first, b: second };
  if (what === 'lineage') return { page: 'lineage', kind, id };
  return { page: 'asset', kind, id };
}

/** An address that somebody has typed may hold what stands for no letter. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** With the path before it: Airflow's page has a base, by which `#` alone would lead to its first page. */
export function hrefOf(route: Route): string {
  const parts = (() => {
    if (route.page === 'assets') return [];
    const own = [route.kind, route.id];
    if (route.page === 'version') return [...own, 'version', route.key];
    if (route.page === 'diff') return [...own, 'diff', route.a, route.b];
    return route.page === 'lineage' ? [...own, 'lineage'] : own;
  })();
  const query = route.page === 'assets' ? list : '';
  return `${location.pathname}${location.search}#/${parts.map(encodeURIComponent).join('/')}${query}`;
}

/** One for each thing that is shown: what it is narrowed to is no other. */
export function placeOf(route: Route): string {
  return JSON.stringify(route);
}

export function titleOf(route: Route): string {
  if (route.page === 'assets') return 'All assets';
  if (route.page === 'version') return `${route.id} ${route.key}`;
  if (route.page === 'diff') return `${route.id}: ${route.a} and ${route.b}`;
  return route.page === 'lineage' ? `Lineage of ${route.id}` : route.id;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return routeOf(hash);
}
