import type * as React from 'react';
import { hrefOf, type Route } from '../route.ts';

export function Crumbs({ route }: { route: Route }): React.JSX.Element | null {
  if (route.page === 'assets') return null;
  const steps: [string, Route][] = [['All assets', { page: 'assets' }]];
  const { kind, id } = route;
  steps.push([id, { page: 'asset', kind, id }]);
  if (route.page === 'version') steps.push([route.key, route]);
  if (route.page === 'diff') steps.push([`${route.a} → ${route.b}`, route]);
  if (route.page === 'lineage') steps.push(['Lineage', route]);
  return (
    <nav aria-label="Where you are" className="crumbs">
      <ol>
        {steps.map(([name, to], i) => (
          <li key={name}>
            {i === steps.length - 1 ? <span aria-current="page">{name}</span> : <a href={hrefOf(to)}>{name}</a>}
          </li>
        ))}
      </ol>
    </nav>
  );
}
