import * as React from 'react';
import type { ChangedValue, Label, TableDiff } from '../../../src/diff/table-diff.ts';
import { CHANGES, type Change, Mark } from './changes.tsx';
import { count } from './texts.ts';

interface Row {
  change: Change;
  label: Label;
  values: Record<string, ChangedValue>;
}

const nameOf = (label: Label): string =>
  Object.values(label)
    .map((value) => value ?? 'null')
    .join(', ');

/** Rows that were added, removed and changed, in one table; the marks narrow it to one kind. */
export function ChangedRows({ table }: { table: TableDiff }): React.ReactNode {
  const [only, setOnly] = React.useState<Change>();
  const rows: Row[] = [
    ...table.changed.map(({ key, columns }): Row => ({ change: 'changed', label: key, values: columns })),
    ...table.added.map((label): Row => ({ change: 'added', label, values: {} })),
    ...table.removed.map((label): Row => ({ change: 'removed', label, values: {} })),
  ];
  if (rows.length === 0) return null;
  const columns = table.columns.filter(({ changed }) => changed > 0).map(({ name }) => name);
  const wanted = rows.filter(({ change }) => (only ?? change) === change);
  const cut = CHANGES.filter((change) => rows.filter((row) => row.change === change).length < table.rows[change]);
  return (
    <>
      <fieldset className="bar states" aria-label="Show">
        {CHANGES.filter((change) => table.rows[change] > 0).map((change) => (
          <button
            key={change}
            type="button"
            className="state"
            aria-pressed={only === change}
            onClick={() => setOnly(only === change ? undefined : change)}
          >
            <Mark change={change} /> {change} {count(table.rows[change])}
          </button>
        ))}
        {cut.length > 0 && <span className="quiet">Of each, the first {count(firstOf(table))} are listed.</span>}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="scroller" tabIndex={0} aria-label="Rows that differ">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Row</th>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {wanted.map(({ change, label, values }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two rows may have the same key
              <tr key={i} className={`is-${change}`}>
                <td>
                  <Mark change={change} /> {change}
                </td>
                <th scope="row">{nameOf(label)}</th>
                {columns.map((name) => (
                  <td key={name}>{values[name] && <Value value={values[name]} />}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

const firstOf = ({ changed, added, removed }: TableDiff): number =>
  Math.max(changed.length, added.length, removed.length);

export function Value({ value: { before, now, distance } }: { value: ChangedValue }): React.JSX.Element {
  if (distance !== undefined && distance !== null) return <>moved by {distance.toPrecision(4)}</>;
  return (
    <span className="change">
      <del>{before ?? 'null'}</del> <ins>{now ?? 'null'}</ins>
    </span>
  );
}
