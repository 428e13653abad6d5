import type * as React from 'react';
import type { ChangedValue, ColumnDiff, Label, TableDiff } from '../../../src/diff/table-diff.ts';
import { count } from './texts.ts';

const nameOf = (label: Label): string =>
  Object.values(label)
    .map((value) => value ?? 'null')
    .join(', ');

/** What changed in one table: counts, columns, and the rows old and new. */
export function TableChanges({ table }: { table: TableDiff }): React.JSX.Element {
  const { rows, key, columns, changed, added, removed, schema } = table;
  const touched = columns.filter((column) => column.changed > 0);
  return (
    <section>
      {table.id !== null && <h2>{table.id}</h2>}
      <dl className="figures">
        {(['added', 'removed', 'changed', 'equal'] as const).map((what) => (
          <div key={what} className={rows[what] > 0 ? `figure ${what}` : 'figure'}>
            <dd>{count(rows[what])}</dd>
            <dt>{what}</dt>
          </div>
        ))}
      </dl>
      <p className="quiet">
        {key
          ? `Rows are known by ${key.columns.join(', ')} (${BY[key.by]}).`
          : 'No column tells the rows apart: they are counted as they stand.'}
      </p>
      <Schema schema={schema} />
      {touched.length > 0 && <ChangedColumns columns={touched} />}
      {changed.length > 0 && (
        <>
          <h3>Changed rows{changed.length < rows.changed && `, ${changed.length} of ${count(rows.changed)}`}</h3>
          <ChangedRows rows={changed} columns={touched.map(({ name }) => name)} />
        </>
      )}
      <Labels title="Added" labels={added} total={rows.added} />
      <Labels title="Removed" labels={removed} total={rows.removed} />
    </section>
  );
}

const BY = { given: 'as given', template: 'as the template says', found: 'unique in both' };

function Schema({ schema }: { schema: TableDiff['schema'] }): React.JSX.Element | null {
  const entries = Object.entries(schema).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return null;
  return (
    <ul className="plainlist">
      {entries.map(([what, value]) => (
        <li key={what}>
          <b>{what.replaceAll('_', ' ')}</b> <code>{JSON.stringify(value)}</code>
        </li>
      ))}
    </ul>
  );
}

function ChangedColumns({ columns }: { columns: readonly ColumnDiff[] }): React.JSX.Element {
  return (
    <>
      <h3>Columns</h3>
      <div className="scroller fits">
        <table>
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col" className="number">
                Rows changed
              </th>
              <th scope="col" className="number wide">
                Nulls
              </th>
              <th scope="col">For example</th>
            </tr>
          </thead>
          <tbody>
            {columns.map(({ name, name_before, changed, nulls, shapes, samples: [sample] }) => (
              <tr key={name}>
                <td>
                  {name} {name_before !== undefined && <span className="quiet">was {name_before}</span>}
                </td>
                <td className="number">{count(changed)}</td>
                <td className="number wide">
                  {nulls.before === nulls.now ? count(nulls.now) : `${count(nulls.before)} → ${count(nulls.now)}`}
                </td>
                <td>
                  {shapes ? (
                    <span className="quiet">moved by {shapes.largest_distance?.toPrecision(4) ?? '–'} at the most</span>
                  ) : (
                    sample && <Value value={sample} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function ChangedRows({ rows, columns }: { rows: TableDiff['changed']; columns: readonly string[] }): React.JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="scroller" tabIndex={0} aria-label="Changed rows">
      <table className="data">
        <thead>
          <tr>
            <th scope="col">Row</th>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, columns: values }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two rows may have the same key
            <tr key={i}>
              <th scope="row">{nameOf(key)}</th>
              {columns.map((name) => (
                <td key={name}>{values[name] && <Value value={values[name]} />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Value({ value: { before, now, distance } }: { value: ChangedValue }): React.JSX.Element {
  if (distance !== undefined && distance !== null) return <>moved by {distance.toPrecision(4)}</>;
  return (
    <span className="change">
      <del>{before ?? 'null'}</del> <ins>{now ?? 'null'}</ins>
    </span>
  );
}

function Labels({ title, labels, total }: { title: string; labels: readonly Label[]; total: number }) {
  if (labels.length === 0) return null;
  return (
    <details>
      <summary>
        {title}: {count(total)}
        {labels.length < total && `, the first ${labels.length}`}
      </summary>
      <ul className="labels">
        {labels.map((label, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two rows may look the same
          <li key={i}>{nameOf(label)}</li>
        ))}
      </ul>
    </details>
  );
}
