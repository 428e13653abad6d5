import type * as React from 'react';
import { useEffect, useState } from 'react';
import { App } from './app.tsx';
import { AIRFLOW, answersAt, askAirflow } from './client.ts';
import { homeIs, routeOf } from './route.ts';

answersAt(new URL('lifecycle/', document.baseURI), 'airflow');
await new Promise<void>((resolve) => {
  const style = document.createElement('link');
  style.rel = 'stylesheet';
  style.href = new URL('lifecycle/page/airflow.css', document.baseURI).href;
  style.onload = style.onerror = () => resolve();
  document.head.append(style);
});

/** A tab on the page of an asset, which Airflow knows by a number and we by its name. */
function OfAsset({ assetId }: { assetId?: string }): React.JSX.Element {
  const [name, setName] = useState<string>();
  useEffect(() => {
    if (assetId === undefined) return;
    askAirflow<{ name: string }>(new URL(`assets/${encodeURIComponent(assetId)}`, AIRFLOW)).then(
      (asset) => setName(asset.name),
      () => setName(''),
    );
  }, [assetId]);
  if (name === undefined) return <div className="lifecycle" />;
  homeIs(routeOf(`#/${name}`));
  return <App key={name} />;
}

// By these names Airflow's page finds what it loaded: those of the plugin's `react_apps`.
Object.assign(globalThis, { Versions: App, 'All versions': OfAsset });
