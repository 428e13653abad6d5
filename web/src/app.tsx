import type * as React from 'react';
import { useEffect, useRef } from 'react';
import './style.css';
import './controls.css';
import './table.css';
import './views.css';
import { AssetPage } from './pages/asset.tsx';
import { AssetsPage } from './pages/assets.tsx';
import { DiffPage } from './pages/diff.tsx';
import { LineagePage } from './pages/lineage.tsx';
import { VersionPage } from './pages/version.tsx';
import { Caught } from './parts/caught.tsx';
import { Crumbs } from './parts/crumbs.tsx';
import { placeOf, titleOf, useRoute } from './route.ts';
import { Permissions } from './session.tsx';

/** The whole page, in Airflow or alone. */
export function App(): React.JSX.Element {
  const route = useRoute();
  const title = titleOf(route);
  const content = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    const before = document.title;
    document.title = `${title} – versions`;
    // Who goes on by keyboard, or listens, begins with what is new.
    const main = content.current;
    if (!isFirst.current && !main?.contains(document.activeElement)) main?.focus({ preventScroll: true });
    isFirst.current = false;
    main?.scrollIntoView?.({ block: 'nearest' });
    return () => {
      document.title = before;
    };
  }, [title]);
  return (
    <div className="lifecycle">
      <Crumbs route={route} />
      <main key={placeOf(route)} ref={content} tabIndex={-1}>
        <Caught>
          <Permissions>
            {route.page === 'assets' && <AssetsPage />}
            {route.page === 'asset' && <AssetPage {...route} />}
            {route.page === 'version' && <VersionPage kind={route.kind} id={route.id} version={route.key} />}
            {route.page === 'diff' && <DiffPage {...route} />}
            {route.page === 'lineage' && <LineagePage {...route} />}
          </Permissions>
        </Caught>
      </main>
    </div>
  );
}
