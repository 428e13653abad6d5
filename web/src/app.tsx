import type * as React from 'react';
import './style.css';
import { AssetPage } from './pages/asset.tsx';
import { AssetsPage } from './pages/assets.tsx';
import { DiffPage } from './pages/diff.tsx';
import { LineagePage } from './pages/lineage.tsx';
import { VersionPage } from './pages/version.tsx';
import { Crumbs } from './parts/crumbs.tsx';
import { useRoute } from './route.ts';

/** The whole page, in Airflow or alone. */
export function App(): React.JSX.Element {
  const route = useRoute();
  return (
    <div className="lifecycle">
      <Crumbs route={route} />
      <main key={location.hash}>
        {route.page === 'assets' && <AssetsPage />}
        {route.page === 'asset' && <AssetPage {...route} />}
        {route.page === 'version' && <VersionPage {...route} />}
        {route.page === 'diff' && <DiffPage {...route} />}
        {route.page === 'lineage' && <LineagePage {...route} />}
      </main>
    </div>
  );
}
