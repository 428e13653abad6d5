import * as React from 'react';
import type { Filter, Rows } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { Answered } from './answer.tsx';
import { count } from './texts.ts';

const PAGE = 100;
const OPERATORS: Filter['op'][] = ['contains', '=', '!=', '<', '<=', '>', '>=', 'is null', 'is not null'];

/** A page of a table's rows, sorted and filtered by the server. `only`: the row of that number alone. */
export function RowTable({ reference, only }: { reference: string; only?: number }): React.JSX.Element {
  const [offset, setOffset] = React.useState(0);
  const [sort, setSort] = React.useState('');
  const [filters, setFilters] = React.useState<readonly Filter[]>([]);
  const asked = new URLSearchParams({
    ref: reference,
    offset: String(only ?? offset),
    limit: String(only === undefined ? PAGE : 1),
    ...(only === undefined ? { sort, filter: filters.length > 0 ? JSON.stringify(filters) : '' } : {}),
  });
  const answer = useAnswer<Rows>(`api/rows?${asked}`, { keep: true });
  const isOld = answer.state === 'here' && answer.isOld === true;
  const columns = answer.state === 'here' ? answer.value.columns : [];
  const sortBy = (name: string) => {
    setSort(sort === name ? `-${name}` : sort === `-${name}` ? '' : name);
    setOffset(0);
  };
  return (
    <>
      {only === undefined && (
        <Filters
          columns={columns.map(({ name }) => name)}
          filters={filters}
          setFilters={(wanted) => {
            setFilters(wanted);
            setOffset(0);
          }}
        />
      )}
      <Answered answer={answer}>
        {({ rows, total }) => (
          <>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
            <section className={isOld ? 'scroller old' : 'scroller'} tabIndex={0} aria-label="Rows" aria-busy={isOld}>
              <table className="data">
                <thead>
                  <tr>
                    {columns.map(({ name, type }) => (
                      <th
                        key={name}
                        scope="col"
                        title={type}
                        className={isNumber(type) ? 'number' : ''}
                        aria-sort={sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : undefined}
                      >
                        <button
                          type="button"
                          className="plain"
                          onClick={() => sortBy(name)}
                          disabled={only !== undefined}
                        >
                          {name}
                        </button>
                        <span className="type">{type.toLowerCase().replace(/\(.*/s, '')}</span>
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own
                    <tr key={i}>
                      {row.map((value, j) => (
                        <td
                          key={columns[j]!.name}
                          className={isNumber(columns[j]!.type) ? 'number' : ''}
                          title={typeof value === 'string' ? value : undefined}
                        >
                          {value === null ? <span className="null">null</span> : shown(value)}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
            {only === undefined && (
              <p className="pager">
                <button type="button" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>
                  Before
                </button>
                <span role="status">
                  {total === 0
                    ? 'No row fits.'
                    : `${count(offset + 1)}–${count(Math.min(offset + PAGE, total))} of ${count(total)}`}
                </span>
                <button type="button" disabled={offset + PAGE >= total} onClick={() => setOffset(offset + PAGE)}>
                  Next
                </button>
              </p>
            )}
          </>
        )}
      </Answered>
    </>
  );
}

/** By the type, since numbers beyond what JSON keeps come as text. */
const isNumber = (type: string) => /INT|DOUBLE|FLOAT|DECIMAL/.test(type) && !type.endsWith(']');
const shown = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

function Filters({
  columns,
  filters,
  setFilters,
}: {
  columns: readonly string[];
  filters: readonly Filter[];
  setFilters: (filters: readonly Filter[]) => void;
}): React.JSX.Element {
  const [op, setOp] = React.useState<Filter['op']>('contains');
  const needsValue = op !== 'is null' && op !== 'is not null';
  const add = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = String(form.get('value') ?? '');
    setFilters([...filters, { column: String(form.get('column')), op, ...(needsValue ? { value } : {}) }]);
  };
  return (
    <form className="bar" onSubmit={add}>
      <select name="column" aria-label="Column">
        {columns.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select aria-label="Comparison" value={op} onChange={(e) => setOp(e.target.value as Filter['op'])}>
        {OPERATORS.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      {needsValue && <input name="value" aria-label="Value" />}
      <button type="submit">Filter</button>
      {filters.map((filter) => (
        <button
          key={JSON.stringify(filter)}
          type="button"
          title="Take the filter away"
          onClick={() => setFilters(filters.filter((each) => each !== filter))}
        >
          {filter.column} {filter.op} {String(filter.value ?? '')} ×
        </button>
      ))}
    </form>
  );
}
