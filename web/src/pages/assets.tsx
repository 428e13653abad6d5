import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import type { AssetList, AssetRow } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';
import { Materialize } from '../parts/materialize.tsx';
import { State, Strip } from '../parts/strip.tsx';
import { age, bytes, change, count } from '../parts/texts.ts';
import { hrefOf } from '../route.ts';

type Order = 'id' | 'state' | 'age' | 'rows' | 'bytes' | 'versions';
type Facet = 'kind' | 'source' | 'formats' | 'state' | 'products';

const ROW_HEIGHT = 44;
const STATES: AssetRow['state'][] = ['broken', 'failed', 'quarantined', 'running', 'stale', 'never', 'fresh'];
const FACETS: [Facet, string][] = [
  ['kind', 'Kind'],
  ['state', 'State'],
  ['source', 'Source'],
  ['formats', 'Format'],
  ['products', 'Product'],
];

const valuesOf = (row: AssetRow, facet: Facet): readonly string[] => {
  const value = facet === 'products' && row.kind === 'builds' ? [row.id] : row[facet];
  return value === null ? [] : Array.isArray(value) ? value : [value];
};

const KEYS: Record<Order, (row: AssetRow) => string | number> = {
  id: (row) => row.id,
  state: (row) => STATES.indexOf(row.state),
  age: (row) => -Date.parse(row.newest?.created ?? '1970-01-01'),
  rows: (row) => -(row.newest?.rows ?? -1),
  bytes: (row) => -(row.newest?.bytes ?? -1),
  versions: (row) => -row.versions,
};

/** Every word must stand somewhere in the id, the title, the description or the tags. */
function finds(row: AssetRow, text: string): boolean {
  const where = [row.id, row.title, row.description, row.source, ...row.tags].join(' ').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => where.includes(word));
}

export function AssetsPage(): React.JSX.Element {
  const answer = useAnswer<AssetList>('api/assets', 5);
  return <Answered answer={answer}>{(list) => <Assets list={list} />}</Answered>;
}

function Assets({ list }: { list: AssetList }): React.JSX.Element {
  const [text, setText] = React.useState('');
  const [order, setOrder] = React.useState<Order>('id');
  const [chosen, setChosen] = React.useState<Partial<Record<Facet, string>>>({});
  const [selected, setSelected] = React.useState<ReadonlySet<string>>(new Set());
  const shown = React.useMemo(
    () =>
      list.assets
        .filter((row) => finds(row, text))
        .filter((row) => FACETS.every(([f]) => chosen[f] === undefined || valuesOf(row, f).includes(chosen[f])))
        .toSorted((a, b) => {
          const [x, y] = [KEYS[order](a), KEYS[order](b)];
          return x < y ? -1 : x > y ? 1 : a.id < b.id ? -1 : 1;
        }),
    [list, text, order, chosen],
  );
  const toggle = (id: string) => setSelected((before) => before.symmetricDifference(new Set([id])));
  return (
    <>
      <header className="bar">
        <label>
          <span className="hidden">Search assets</span>
          {/* biome-ignore lint/a11y/noAutofocus: the page is for finding */}
          <input autoFocus type="search" placeholder="Search" value={text} onChange={(e) => setText(e.target.value)} />
        </label>
        {FACETS.map(([facet, label]) => (
          <FacetChoice key={facet} {...{ facet, label, rows: list.assets, chosen, setChosen }} />
        ))}
        <span className="quiet" role="status">
          {shown.length} of {list.assets.length}
        </span>
        {selected.size > 0 && (
          <Materialize assets={list.assets.filter(({ id }) => selected.has(id))} inAirflow={list.airflow} />
        )}
      </header>
      <Table rows={shown} {...{ order, setOrder, selected, toggle }} />
    </>
  );
}

function FacetChoice({
  facet,
  label,
  rows,
  chosen,
  setChosen,
}: {
  facet: Facet;
  label: string;
  rows: readonly AssetRow[];
  chosen: Partial<Record<Facet, string>>;
  setChosen: (chosen: Partial<Record<Facet, string>>) => void;
}): React.JSX.Element {
  const counts = new Map<string, number>();
  for (const value of rows.flatMap((row) => valuesOf(row, facet))) counts.set(value, (counts.get(value) ?? 0) + 1);
  return (
    <label>
      <span className="hidden">{label}</span>
      <select
        value={chosen[facet] ?? ''}
        onChange={(e) => setChosen({ ...chosen, [facet]: e.target.value === '' ? undefined : e.target.value })}
      >
        <option value="">{label}: all</option>
        {[...counts].toSorted().map(([value, n]) => (
          <option key={value} value={value}>
            {value} ({n})
          </option>
        ))}
      </select>
    </label>
  );
}

const HEADINGS: [string, Order | undefined, string][] = [
  ['Asset', 'id', ''],
  ['State', 'state', ''],
  ['Newest', 'age', ''],
  ['Rows', 'rows', 'number'],
  ['Size', 'bytes', 'number wide'],
  ['Versions', 'versions', 'number wide'],
  ['Last versions', undefined, 'wide'],
  ['Source', undefined, 'wide'],
];

function Table({
  rows,
  order,
  setOrder,
  selected,
  toggle,
}: {
  rows: readonly AssetRow[];
  order: Order;
  setOrder: (order: Order) => void;
  selected: ReadonlySet<string>;
  toggle: (id: string) => void;
}): React.JSX.Element {
  const scroller = React.useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const move = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const links = [...(scroller.current?.querySelectorAll<HTMLElement>('a.title') ?? [])];
    links[links.indexOf(document.activeElement as HTMLElement) + step]?.focus();
  };
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move between the links inside
    <div className="scroller" ref={scroller} onKeyDown={move}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden">Chosen</span>
            </th>
            {HEADINGS.map(([heading, by, className]) => (
              <th key={heading} scope="col" className={className} aria-sort={by === order ? 'ascending' : undefined}>
                {by === undefined ? (
                  heading
                ) : (
                  <button type="button" className="plain" onClick={() => setOrder(by)}>
                    {heading}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first && first.start > 0 && <tr style={{ height: first.start }} aria-hidden />}
          {items.map(({ index }) => (
            <Row key={rows[index]!.asset} row={rows[index]!} selected={selected} toggle={toggle} />
          ))}
          {last && last.end < virtual.getTotalSize() && (
            <tr style={{ height: virtual.getTotalSize() - last.end }} aria-hidden />
          )}
        </tbody>
      </table>
      {rows.length === 0 && <p className="quiet">Nothing is called so.</p>}
    </div>
  );
}

function Row({
  row,
  selected,
  toggle,
}: {
  row: AssetRow;
  selected: ReadonlySet<string>;
  toggle: (id: string) => void;
}): React.JSX.Element {
  const { kind, id, newest } = row;
  return (
    <tr style={{ height: ROW_HEIGHT }}>
      <td>
        <input type="checkbox" aria-label={`choose ${id}`} checked={selected.has(id)} onChange={() => toggle(id)} />
      </td>
      <td className="name">
        <a className="title" href={hrefOf({ page: 'asset', kind, id })}>
          {id}
        </a>
        {row.title !== id && <span className="quiet"> {row.title}</span>}
      </td>
      <td title={row.reason ?? undefined}>
        <State state={row.state} />
      </td>
      <td>
        {newest && <a href={hrefOf({ page: 'version', kind, id, key: newest.key })}>{newest.key}</a>}
        {newest && <span className="quiet"> {age(newest.created)}</span>}
      </td>
      <td className="number">
        {newest && count(newest.rows)}{' '}
        <span className="quiet">{newest && change(newest.rows, newest.rows_before)}</span>
      </td>
      <td className="number wide">{newest && bytes(newest.bytes)}</td>
      <td className="number wide">{count(row.versions)}</td>
      <td className="wide">
        <Strip kind={kind} id={id} versions={row.strip} />
      </td>
      <td className="wide quiet">{row.source ?? 'product'}</td>
    </tr>
  );
}
