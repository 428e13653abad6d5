import * as React from 'react';
import type { AssetList, AssetRow } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';
import { AssetTable, type Order } from '../parts/asset-table.tsx';
import { Materialize } from '../parts/materialize.tsx';
import { StateChoice } from '../parts/state-choice.tsx';
import { count } from '../parts/texts.ts';
import { useMay } from '../session.tsx';
import { FACETS, type Facet, keepQuery, type ListQuery, queryIn, whenAsked } from './list-query.ts';

const EVERY_SECONDS = 5;
const STATES: AssetRow['state'][] = ['broken', 'failed', 'quarantined', 'running', 'stale', 'never', 'fresh'];
/** Those with a menu. */
const MENUS: [Facet, string][] = [
  ['kind', 'Kind'],
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
  const answer = useAnswer<AssetList>('api/assets', { everySeconds: EVERY_SECONDS });
  return <Answered answer={answer}>{(list, reload) => <Assets list={list} reload={reload} />}</Answered>;
}

function Assets({ list, reload }: { list: AssetList; reload: () => void }): React.JSX.Element {
  const [query, setQuery] = React.useState(() => queryIn(location.hash));
  const mayStart = useMay().start;
  const { text, sorting, chosen } = query;
  React.useEffect(() => keepQuery(query), [query]);
  React.useEffect(() => whenAsked(setQuery), []);
  const setChosen = (value: typeof chosen) => setQuery({ ...query, chosen: value });
  const [selected, setSelected] = React.useState<ReadonlySet<string>>(new Set());
  const shown = React.useMemo(
    () =>
      list.assets
        .filter((row) => finds(row, text))
        .filter((row) => FACETS.every((f) => chosen[f] === undefined || valuesOf(row, f).includes(chosen[f])))
        .toSorted((a, b) => {
          const [x, y] = [KEYS[sorting.by](a), KEYS[sorting.by](b)];
          const order = x < y ? -1 : x > y ? 1 : a.id < b.id ? -1 : 1;
          return sorting.isDown ? -order : order;
        }),
    [list, text, sorting, chosen],
  );
  const select = (names: readonly string[], isOn: boolean) =>
    setSelected((before) => (isOn ? before.union(new Set(names)) : before.difference(new Set(names))));
  if (list.assets.length === 0) {
    return (
      <p className="quiet">
        The project has no templates and no products yet: <code>{list.project}</code>
      </p>
    );
  }
  const isFiltered = text !== '' || FACETS.some((facet) => chosen[facet] !== undefined);
  return (
    <>
      <header>
        <div className="bar filters">
          <h1>All assets</h1>
          <label>
            <span className="hidden">Search assets</span>
            <input
              // biome-ignore lint/a11y/noAutofocus: the page is for finding
              autoFocus
              type="search"
              placeholder="Search"
              value={text}
              onChange={(e) => setQuery({ ...query, text: e.target.value })}
              onKeyDown={goToFirst}
            />
          </label>
          {MENUS.map(([facet, label]) => (
            <FacetChoice key={facet} {...{ facet, label, rows: list.assets, chosen, setChosen }} />
          ))}
          {isFiltered && (
            <button type="button" onClick={() => setQuery({ ...query, text: '', chosen: {} })}>
              Show all
            </button>
          )}
          {selected.size > 0 && (
            <Materialize assets={list.assets.filter(({ asset }) => selected.has(asset))} onEnd={reload}>
              Materialize {selected.size}…
            </Materialize>
          )}
        </div>
        <div className="bar">
          <StateChoice
            states={list.assets.map(({ state }) => state)}
            order={STATES}
            chosen={chosen.state}
            choose={(state) => setChosen({ ...chosen, state })}
          />
          <span className="quiet" role="status">
            {shown.length < list.assets.length && `${count(shown.length)} of `}
            {count(list.assets.length)} assets
            {selected.size > 0 && `, ${selected.size} chosen`}
            {!list.complete && ', records are still being read'}
          </span>
        </div>
      </header>
      <AssetTable
        rows={shown}
        canChoose={mayStart}
        setSorting={(by) => setQuery({ ...query, sorting: by })}
        {...{ sorting, selected, select }}
      />
    </>
  );
}

/** From what is searched for to what was found. */
function goToFirst(event: React.KeyboardEvent): void {
  if (event.key !== 'ArrowDown') return;
  event.preventDefault();
  document.querySelector<HTMLElement>('.lifecycle a.title')?.focus();
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
  chosen: ListQuery['chosen'];
  setChosen: (chosen: ListQuery['chosen']) => void;
}): React.JSX.Element {
  const counts = new Map<string, number>();
  for (const value of rows.flatMap((row) => valuesOf(row, facet))) counts.set(value, (counts.get(value) ?? 0) + 1);
  return (
    <select
      aria-label={label}
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
  );
}
