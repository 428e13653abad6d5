import type * as React from 'react';
import type { ColumnDiff, TableDiff } from '../../../src/diff/table-diff.ts';
import { ChangedRows, Value } from './changed-rows.tsx';
import { Mark } from './changes.tsx';
import { ChangesMap, hasMap } from './changes-map.tsx';
import { Tabs } from './tabs.tsx';
import { count } from './texts.ts';

/** What changed in one table: counts, columns, and the rows old and new. */
export function TableChanges({ table, compared }: { table: TableDiff; compared: string }): React.JSX.Element {
  const { rows, key, columns, schema } = table;
  const touched = columns.filter((column) => column.changed > 0);
  return (
    <section>
      {table.id !== null && <h2>{table.id}</h2>}
      <dl className="figures">
        {(['changed', 'added', 'removed', 'equal'] as const).map((what) => (
          <div key={what} className="figure">
            <dd>{count(rows[what])}</dd>
            <dt>
              <Mark change={what} /> {what}
            </dt>
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
      {!table.equal && (
        <Tabs views={hasMap(table) ? ['Rows', 'Map'] : ['Rows']} label="How to look at what changed">
          {(view) =>
            view === 'Rows' ? <ChangedRows table={table} /> : <ChangesMap table={table} compared={compared} />
          }
        </Tabs>
      )}
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
