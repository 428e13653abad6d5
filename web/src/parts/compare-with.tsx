import * as React from 'react';
import type { AssetDetail } from '../../../src/serve/api.ts';
import { hrefOf } from '../route.ts';

/** Chooses another version of the same asset, and leads to what changed between the two. */
export function CompareWith({ asset, version }: { asset: AssetDetail; version: string }): React.JSX.Element | null {
  const { kind, id } = asset;
  const field = React.useId();
  const keys = asset.all_versions.filter(({ rows, bytes }) => rows !== null || bytes !== null).map(({ key }) => key);
  const at = keys.indexOf(version);
  const others = keys.filter((key) => key !== version);
  if (at === -1 || others.length === 0) return null;
  // The newest stand first: what lies behind is older.
  const go = (other: string) => {
    const isOlder = keys.indexOf(other) > at;
    location.href = hrefOf({ page: 'diff', kind, id, a: isOlder ? other : version, b: isOlder ? version : other });
  };
  const before = keys[at + 1];
  return (
    <>
      {before !== undefined && (
        <a className="button" href={hrefOf({ page: 'diff', kind, id, a: before, b: version })}>
          What changed since {before}
        </a>
      )}
      {others.length > 1 && (
        <label htmlFor={field}>
          <span className="hidden">Compare with another version</span>
          <select id={field} value="" onChange={(e) => go(e.target.value)}>
            <option value="" disabled>
              Compare with …
            </option>
            {others.map((key) => (
              <option key={key}>{key}</option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
