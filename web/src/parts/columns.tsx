import type * as React from 'react';
import type { ColumnProfile, Profile } from '../../../src/profile/document.ts';
import { useAnswer } from '../client.ts';
import { Answered } from './answer.tsx';
import { HistogramOf } from './histogram.tsx';
import { count, plural } from './texts.ts';

/** What the profile says of each column. */
export function Columns({ reference }: { reference: string }): React.JSX.Element {
  const answer = useAnswer<Profile>(`api/profile?ref=${encodeURIComponent(reference)}`);
  return (
    <Answered answer={answer}>
      {(profile) => (
        <div className="cards">
          {profile.columns.map((column) => (
            <Column key={column.name} column={column} rows={profile.rows} />
          ))}
        </div>
      )}
    </Answered>
  );
}

function share(n: number, of: number): string {
  return of === 0 ? '' : `${((n / of) * 100).toPrecision(2)} %`;
}

function Column({ column, rows }: { column: ColumnProfile; rows: number }): React.JSX.Element {
  const { name, type, nulls, distinct, histogram, frequent } = column;
  return (
    <article className="card" aria-label={name}>
      <h3>
        {name} <code className="quiet">{type}</code>
      </h3>
      <div className="nulls" title={`${count(nulls)} of ${count(rows)} rows have no value`}>
        <span style={{ width: `${rows === 0 ? 0 : 100 - (nulls / rows) * 100}%` }} />
      </div>
      <p className="quiet">
        {nulls === 0 ? 'no nulls' : `${plural(nulls, 'null')} (${share(nulls, rows)})`}
        {distinct && `, ${distinct.approximate ? 'about ' : ''}${count(distinct.count)} different`}
      </p>
      {histogram && <HistogramOf histogram={histogram} name={name} />}
      <dl>
        {facts(column).map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {!histogram && frequent.length > 0 && <Frequent values={frequent} rows={rows} />}
    </article>
  );
}

/** Only what is worth a line. */
function facts({ min, max, mean, quantiles, text, geometry, histogram }: ColumnProfile): [string, string][] {
  const found: [string, string | null | undefined][] = [
    ['from', histogram ? null : min],
    ['to', histogram ? null : max],
    ['median', quantiles?.p50],
    ['middle half', quantiles && `${quantiles.p25} to ${quantiles.p75}`],
    ['mean', mean === null ? null : String(Number(mean.toPrecision(6)))],
    ['length', text && (text.shortest === text.longest ? `${text.longest}` : `${text.shortest} to ${text.longest}`)],
    ['look like numbers', text && positive(text.numbers)],
    ['leading zeros', text && positive(text.leading_zeros)],
    ['look like dates', text && positive(text.dates)],
    ['empty', text && positive(text.empty)],
    ['blanks around', text && positive(text.blanks_around)],
    [
      'shapes',
      geometry &&
        Object.entries(geometry.types)
          .map(([name, n]) => `${name} ${count(n)}`)
          .join(', '),
    ],
    ['CRS', geometry?.crs],
    ['vertices', geometry && `${count(geometry.vertices.total)}, ${count(geometry.vertices.most)} at most`],
    ['invalid', geometry && positive(geometry.invalid)],
    ['empty shapes', geometry && positive(geometry.empty)],
    ['outside the CRS', geometry && positive(geometry.outside ?? 0)],
  ];
  return found.filter((fact): fact is [string, string] => typeof fact[1] === 'string' && fact[1] !== '');
}

const positive = (n: number): string | null => (n > 0 ? count(n) : null);

function Frequent({ values, rows }: { values: ColumnProfile['frequent']; rows: number }): React.JSX.Element {
  const most = values[0]!.count;
  return (
    <ol className="frequent">
      {values.slice(0, 6).map(({ value, count: n }) => (
        <li key={value} title={`${count(n)} rows, ${share(n, rows)}`}>
          <span className="bar-of" style={{ width: `${(n / most) * 100}%` }} />
          <span className="value">{value === '' ? '(empty)' : value}</span>
          <span className="n">{count(n)}</span>
        </li>
      ))}
    </ol>
  );
}
