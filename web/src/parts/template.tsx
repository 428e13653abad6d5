import type * as React from 'react';
import type { AssetDetail } from '../../../src/serve/api.ts';
import { State } from './strip.tsx';

/** The YAML as it stands, and what is wrong in it beside the lines. */
export function Template({ asset }: { asset: AssetDetail }): React.JSX.Element {
  const { findings, text, file } = asset;
  const marked = new Set(findings.map(({ place }) => lineOf(place, file)));
  return (
    <>
      {findings.length > 0 && (
        <section aria-labelledby="findings">
          <h2 id="findings">Findings</h2>
          <ul className="plainlist">
            {findings.map((finding) => (
              <li key={`${finding.place}${finding.message}`}>
                <State state={finding.severity} /> {finding.message}{' '}
                {finding.place !== null && <code className="quiet">{finding.place}</code>}
                {finding.hint !== null && <p className="hint">{finding.hint}</p>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {text !== null && (
        <section aria-labelledby="text">
          <h2 id="text">{kindOf(asset)}</h2>
          <p className="quiet">{file}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre className="numbered" tabIndex={0}>
            {text
              .trimEnd()
              .split('\n')
              .map((line, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its number
                <span key={i} className={marked.has(i + 1) ? 'line marked' : 'line'}>
                  {line === '' ? ' ' : line}
                </span>
              ))}
          </pre>
        </section>
      )}
    </>
  );
}

const kindOf = ({ kind }: AssetDetail) => (kind === 'ingest' ? 'Template' : 'Recipe');

/** The line of `file:line:column` in this file. */
function lineOf(place: string | null, file: string | null): number | undefined {
  if (place === null || file === null || !place.startsWith(`${file}:`)) return undefined;
  return Number(place.slice(file.length + 1).split(':')[0]);
}
