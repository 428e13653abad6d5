import type * as React from 'react';
import type { AssetDetail, Kind } from '../../../src/serve/api.ts';
import { airflowPage, isInAirflow, useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';
import { Command } from '../parts/command.tsx';
import { Materialize } from '../parts/materialize.tsx';
import { Ready } from '../parts/readiness.tsx';
import { State, Strip } from '../parts/strip.tsx';
import { Template } from '../parts/template.tsx';
import { Versions } from '../parts/versions.tsx';
import { hrefOf } from '../route.ts';
import { MayOnlyLook, Permissions } from '../session.tsx';

const STRIP = 60;
const EVERY_SECONDS = 5;

export function AssetPage({ kind, id }: { kind: Kind; id: string }): React.JSX.Element {
  const path = `api/assets/${kind}/${encodeURIComponent(id)}`;
  const answer = useAnswer<AssetDetail>(path, { everySeconds: EVERY_SECONDS });
  return (
    <Answered answer={answer}>
      {(asset, reload) => (
        <Permissions dag={asset.dag_id}>
          <Asset asset={asset} reload={reload} />
        </Permissions>
      )}
    </Answered>
  );
}

function Asset({ asset, reload }: { asset: AssetDetail; reload: () => void }): React.JSX.Element {
  const { kind, id, all_versions } = asset;
  return (
    <>
      <header className="head">
        <h1>
          {id} {asset.title !== id && <span className="quiet title">{asset.title}</span>}
        </h1>
        <p className="quiet facts">
          <State state={asset.state} />
          <span>
            {kind === 'builds' ? 'product' : asset.source === null ? 'template' : `template, from ${asset.source}`}
          </span>
          {asset.formats.length > 0 && <span>{asset.formats.join(', ')}</span>}
          <a href={hrefOf({ page: 'lineage', kind, id })}>Lineage</a>
          {isInAirflow() && <a href={airflowPage(`dags/${encodeURIComponent(asset.dag_id)}`)}>DAG</a>}
        </p>
        {asset.description !== null && <p className="description">{asset.description}</p>}
        {asset.reason !== null && asset.findings.length === 0 && <p className="notice problem">{asset.reason}</p>}
        {isInAirflow() ? (
          <>
            <p className="bar">
              <Materialize assets={[asset]} onEnd={reload} />
            </p>
            <MayOnlyLook />
          </>
        ) : (
          kind === 'ingest' &&
          asset.state !== 'broken' && (
            <p className="quiet">
              Make one: <Command>{`lifecycle ingest ${quoted(id)} VERSION`}</Command>
            </p>
          )
        )}
      </header>
      {kind === 'builds' && <Ready id={id} onBuilt={reload} />}
      <section aria-labelledby="versions">
        <h2 id="versions">Versions</h2>
        {all_versions.length > 0 && <Strip kind={kind} id={id} versions={all_versions.slice(0, STRIP)} />}
        <Versions asset={asset} reload={reload} />
      </section>
      <Neighbours asset={asset} />
      <Template asset={asset} />
    </>
  );
}

const quoted = (id: string): string => (/^[\w.-]+$/.test(id) ? id : `'${id.replaceAll("'", "'\\''")}'`);

function Neighbours({ asset }: { asset: AssetDetail }): React.JSX.Element | null {
  const { upstream, downstream } = asset;
  if (upstream.length + downstream.length === 0) return null;
  const links = (them: typeof upstream) =>
    them.map(({ kind, id }) => (
      <a key={`${kind}/${id}`} className="tag" href={hrefOf({ page: 'asset', kind, id })}>
        {id}
      </a>
    ));
  return (
    <section aria-labelledby="neighbours">
      <h2 id="neighbours">Made from and taken by</h2>
      {upstream.length > 0 && <p className="bar">Made from {links(upstream)}</p>}
      {downstream.length > 0 && <p className="bar">Taken by {links(downstream)}</p>}
    </section>
  );
}
