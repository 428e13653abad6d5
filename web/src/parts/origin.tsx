import type * as React from 'react';
import type { VersionDetail } from '../../../src/serve/api.ts';
import { hrefOf } from '../route.ts';
import { Command } from './command.tsx';
import { fileAddress, Pictures } from './pictures.tsx';
import { State } from './strip.tsx';
import { bytes, count, seconds } from './texts.ts';

/** How a version was made, from what, and what there is to take away. */
export function Origin({ version }: { version: VersionDetail }): React.JSX.Element {
  const { provenance, files, steps, checks, log } = version;
  return (
    <>
      <Pictures version={version} />
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
      {steps.length > 0 && <Steps steps={steps} />}
      <section>
        <h2>Where it comes from</h2>
        {provenance.inputs.length > 0 && (
          <ul className="plainlist">
            {provenance.inputs.map((input) => (
              <li key={input.id}>
                {input.version === null || input.asset === null ? (
                  `${input.id} ${input.version ?? ''}`
                ) : (
                  <a href={hrefOf({ page: 'version', ...input.asset, key: input.version })}>
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
          Make it again: <Command>{provenance.command}</Command>
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
                  <a href={fileAddress(version, file.path)} download>
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

function Steps({ steps }: Pick<VersionDetail, 'steps'>): React.JSX.Element {
  const hasRows = steps.some((step) => step.rows_after !== null);
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      <div className="scroller fits">
        <table>
          <thead>
            <tr>
              <th scope="col">Step</th>
              {hasRows && (
                <th scope="col" className="number">
                  Rows
                </th>
              )}
              <th scope="col" className="number">
                Took
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ name, dataset, rows_before: before, rows_after: after, seconds: took }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: steps have nothing else, and stay as they are
              <tr key={i}>
                <td>
                  {name} <span className="quiet">{dataset}</span>
                </td>
                {hasRows && (
                  <td className="number">
                    {before !== null && before !== after && `${count(before)} → `}
                    {count(after)}
                  </td>
                )}
                <td className="number">{seconds(took)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
