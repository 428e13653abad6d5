import { useEffect, useState } from 'react';
import type { Kind } from '../../src/serve/api.ts';

/** Where the person is. It stands behind the `#`, since what is before it belongs to Airflow. */
export type Route =
  | { page: 'assets' }
  | { page: 'asset'; kind: Kind; id: string }
  | { page: 'version'; kind: Kind; id: string; key: string }
  | { page: 'diff'; kind: Kind; id: string; a: string; b: string }
  | { page: 'lineage'; kind: Kind; id: string };

export function routeOf(hash: string): Route {
  const [kind, id, ...rest] = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  if ((kind !== 'ingest' && kind !== 'builds') || !id) return { page: 'assets' };
  const [what, first, second] = rest;
  if (what === 'version' && first) return { page: 'version', kind, id, key: first };
  if (what === 'diff' && first && second) return { page: 'diff', kind, id, a: first, b: second };
  if (what === 'lineage') return { page: 'lineage', kind, id };
  return { page: 'asset', kind, id };
}

export function hrefOf(route: Route): string {
  const parts = (() => {
    if (route.page === 'assets') return [];
    const own = [route.kind, route.id];
    if (route.page === 'version') return [...own, 'version', route.key];
    if (route.page === 'diff') return [...own, 'diff', route.a, route.b];
    return route.page === 'lineage' ? [...own, 'lineage'] : own;
  })();
  return `#/${parts.map(encodeURIComponent).join('/')}`;
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
