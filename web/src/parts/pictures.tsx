import * as React from 'react';
import type { VersionDetail } from '../../../src/serve/api.ts';
import { urlOf } from '../client.ts';

const TYPES: Record<string, string> = {
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};
const MOST = 6;
const LARGEST_BYTES = 5_000_000;
const typeOf = (path: string): string | undefined => TYPES[path.split('.').at(-1)!.toLowerCase()];

/** Those of a build's outputs that are pictures. */
export function Pictures({ version }: { version: VersionDetail }): React.JSX.Element | null {
  const files = version.files
    .filter(({ path, bytes }) => path.startsWith('output/') && bytes <= LARGEST_BYTES && typeOf(path) !== undefined)
    .slice(0, MOST);
  if (version.kind !== 'builds' || files.length === 0) return null;
  return (
    <section aria-labelledby="pictures">
      <h2 id="pictures">Pictures</h2>
      <div className="bar">
        {files.map(({ path }) => (
          <Picture key={path} path={path} href={fileAddress(version, path)} />
        ))}
      </div>
    </section>
  );
}

export function fileAddress({ kind, id, key }: VersionDetail, path: string): string {
  const inside = path.split('/').map(encodeURIComponent).join('/');
  return urlOf(`api/files/${kind}/${encodeURIComponent(id)}/${encodeURIComponent(key)}/${inside}`);
}

/** Files are sent as something to keep, never to look at: what is in them could be a page. As an image nothing runs. */
function Picture({ path, href }: { path: string; href: string }): React.JSX.Element | null {
  const [source, setSource] = React.useState<string>();
  React.useEffect(() => {
    const stop = new AbortController();
    let made: string | undefined;
    fetch(href, { credentials: 'same-origin', signal: stop.signal })
      .then(async (response) => {
        if (!response.ok) return;
        made = URL.createObjectURL(new Blob([await response.arrayBuffer()], { type: typeOf(path)! }));
        setSource(made);
      })
      .catch(() => {});
    return () => {
      stop.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [href, path]);
  if (source === undefined) return null;
  return (
    <figure className="picture">
      <img src={source} alt={path.slice('output/'.length)} />
      <figcaption className="quiet">{path.slice('output/'.length)}</figcaption>
    </figure>
  );
}
