import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import type { AssetRow } from '../../../src/serve/api.ts';
import { hrefOf } from '../route.ts';
import { State, Strip } from './strip.tsx';
import { age, bytes, change, count, moment } from './texts.ts';

export type Order = 'id' | 'state' | 'age' | 'rows' | 'bytes' | 'versions';
export interface Sorting {
  by: Order;
  isDown: boolean;
}

const ROW_HEIGHT = 41;
/** How far down the list was when it was left: who comes back goes on there. */
let leftAt = 0;
const HEADINGS: [string, Order | undefined, string][] = [
  ['Asset', 'id', ''],
  ['State', 'state', ''],
  ['Newest', 'age', ''],
  ['Rows', 'rows', 'number wide'],
  ['Size', 'bytes', 'number wide'],
  ['Versions', 'versions', 'number wide'],
  ['Last versions', undefined, 'wide'],
  ['Source', undefined, 'wide'],
  ['Products', undefined, 'wide'],
];

interface Choosing {
  /** Whether something can be done with what is chosen. */
  canChoose: boolean;
  selected: ReadonlySet<string>;
  select: (assets: readonly string[], isOn: boolean) => void;
}

/** Only the rows that are seen are drawn. */
export function AssetTable({
  rows,
  sorting,
  setSorting,
  ...choosing
}: {
  rows: readonly AssetRow[];
  sorting: Sorting;
  setSorting: (sorting: Sorting) => void;
} & Choosing): React.JSX.Element {
  const scroller = React.useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    initialOffset: leftAt,
    onChange: ({ scrollOffset }) => {
      leftAt = scrollOffset ?? 0;
    },
  });
  const move = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const links = [...(scroller.current?.querySelectorAll<HTMLElement>('a.title') ?? [])];
    const at = links.findIndex((link) => link.closest('tr')?.contains(document.activeElement));
    links[at + step]?.focus();
  };
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  const sort = (by: Order) => setSorting({ by, isDown: sorting.by === by && !sorting.isDown });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move between the links inside
    <div className="scroller tall" ref={scroller} onKeyDown={move}>
      <table className="assets" aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {choosing.canChoose && (
              <th scope="col">
                <input
                  type="checkbox"
                  aria-label="choose all that are shown"
                  checked={rows.length > 0 && rows.every(({ asset }) => choosing.selected.has(asset))}
                  onChange={(e) =>
                    choosing.select(
                      rows.map(({ asset }) => asset),
                      e.target.checked,
                    )
                  }
                />
              </th>
            )}
            {HEADINGS.map(([heading, by, className]) => (
              <th
                key={heading}
                scope="col"
                className={className}
                aria-sort={by === sorting.by ? (sorting.isDown ? 'descending' : 'ascending') : undefined}
              >
                {by === undefined ? (
                  heading
                ) : (
                  <button type="button" className="plain" onClick={() => sort(by)}>
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
            <Row key={rows[index]!.asset} row={rows[index]!} {...choosing} />
          ))}
          {last && last.end < virtual.getTotalSize() && (
            <tr style={{ height: virtual.getTotalSize() - last.end }} aria-hidden />
          )}
        </tbody>
      </table>
      {rows.length === 0 && <p className="quiet empty">Nothing fits what is asked for.</p>}
    </div>
  );
}

function Row({ row, canChoose, selected, select }: { row: AssetRow } & Choosing): React.JSX.Element {
  const { kind, id, newest, asset } = row;
  return (
    <tr style={{ height: ROW_HEIGHT }}>
      {canChoose && (
        <td>
          <input
            type="checkbox"
            aria-label={`choose ${id}`}
            checked={selected.has(asset)}
            onChange={(e) => select([asset], e.target.checked)}
          />
        </td>
      )}
      <td className="name" title={row.title}>
        <a className="title" href={hrefOf({ page: 'asset', kind, id })}>
          {id}
        </a>
        {row.title !== id && <span className="quiet wide"> {row.title}</span>}
      </td>
      <td className="why" title={row.reason ?? undefined}>
        <State state={row.state} /> {row.reason !== null && <span className="quiet wide">{row.reason}</span>}
      </td>
      <td title={moment(newest?.created ?? null)}>
        {newest && <a href={hrefOf({ page: 'version', kind, id, key: newest.key })}>{newest.key}</a>}
        {newest && <span className="quiet wide"> {age(newest.created)}</span>}
      </td>
      <td className="number wide">
        {newest && count(newest.rows)}{' '}
        <span className="quiet">{newest && change(newest.rows, newest.rows_before)}</span>
      </td>
      <td className="number wide">{newest && bytes(newest.bytes)}</td>
      <td className="number wide">{count(row.versions)}</td>
      <td className="wide">
        <Strip kind={kind} id={id} versions={row.strip} />
      </td>
      <td className="wide quiet">{row.source ?? (kind === 'builds' ? 'product' : '–')}</td>
      <td className="wide">
        {row.products.map((product) => (
          <a key={product} className="tag" href={hrefOf({ page: 'asset', kind: 'builds', id: product })}>
            {product}
          </a>
        ))}
      </td>
    </tr>
  );
}
