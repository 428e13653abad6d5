import type * as React from 'react';
import type { VersionDetail } from '../../../src/serve/api.ts';
import { urlOf } from '../client.ts';
import { hrefOf } from '../route.ts';
import { State } from './strip.tsx';
import { bytes, count, seconds } from './texts.ts';

/** How a version was made, from what, and what there is to take away. */
export function Origin({ version }: { version: VersionDetail }): React.JSX.Element {
  const { provenance, files, steps, checks, log } = version;
  const [id, key] = [encodeURIComponent(version.id), encodeURIComponent(version.key)];
  const fileHref = (path: string) =>
    urlOf(`api/files/${version.kind}/${id}/${key}/${path.split('/').map(encodeURIComponent).join('/')}`);
  return (
    <>
      {checks.length > 0 && (
        <section>
          <h2 id="checks">Checks</h2>
          <ul className="plainlist">
            {checks.map(({ name, outcome, message }) => (
              <li key={`${name}${message}`}>
                <State state={outcome} /> <b>{name}</b> {message}
              </li>
            ))}
          </ul>
        </section>
      )}
      {steps.length > 0 && (
        <section aria-labelledby="steps">
          <h2 id="steps">Steps</h2>
          <div className="scroller">
            <table>
              <thead>
                <tr>
                  <th scope="col">Step</th>
                  <th scope="col" className="number">
                    Rows
                  </th>
                  <th scope="col" className="number">
                    Took
                  </th>
                </tr>
              </thead>
              <tbody>
                {steps.map((step, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: steps have nothing else, and stay as they are
                  <tr key={i}>
                    <td>
                      {step.name} <span className="quiet">{step.dataset}</span>
                    </td>
                    <td className="number">
                      {step.rows_before !== null &&
                        step.rows_before !== step.rows_after &&
                        `${count(step.rows_before)} → `}
                      {count(step.rows_after)}
                    </td>
                    <td className="number">{seconds(step.seconds)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
      <section>
        <h2>Where it comes from</h2>
        {provenance.inputs.length > 0 && (
          <ul className="plainlist">
            {provenance.inputs.map((input) => (
              <li key={input.id}>
                {input.version === null ? (
                  input.id
                ) : (
                  <a href={hrefOf({ page: 'version', kind: 'ingest', id: input.id, key: input.version })}>
                    {input.id} {input.version}
                  </a>
                )}{' '}
                <span className="quiet">{input.why}</span>
              </li>
            ))}
          </ul>
        )}
        {provenance.used_by.length > 0 && (
          <p>
            Taken by{' '}
            {provenance.used_by.map((build) => (
              <a
                key={`${build.id} ${build.key}`}
                className="tag"
                href={hrefOf({ page: 'version', kind: 'builds', ...build })}
              >
                {build.id} {build.key}
              </a>
            ))}
          </p>
        )}
        <p>
          Make it again: <code>{provenance.command}</code>
        </p>
        <details>
          <summary>The record</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre tabIndex={0}>{JSON.stringify(provenance.record, null, 2)}</pre>
        </details>
      </section>
      <section>
        <h2>Files</h2>
        <table className="files">
          <tbody>
            {files.map((file) => (
              <tr key={file.path}>
                <td>
                  <a href={fileHref(file.path)} download>
                    {file.path}
                  </a>
                </td>
                <td className="number">{bytes(file.bytes)}</td>
                <td className="wide">
                  <code className="quiet">{file.sha256}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {log !== null && (
        <section>
          <h2>Log</h2>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre tabIndex={0}>{log}</pre>
        </section>
      )}
    </>
  );
}
