import type * as React from 'react';
import type { DiffDocument } from '../../../src/diff/table-diff.ts';
import type { Kind } from '../../../src/serve/api.ts';
import { useAnswer } from '../client.ts';
import { Answered } from '../parts/answer.tsx';
import { State } from '../parts/strip.tsx';
import { TableChanges } from '../parts/table-diff.tsx';
import { hrefOf } from '../route.ts';

export function DiffPage({ kind, id, a, b }: { kind: Kind; id: string; a: string; b: string }): React.JSX.Element {
  const asked = new URLSearchParams({ a: `${id}@${a}`, b: `${id}@${b}` });
  const answer = useAnswer<DiffDocument>(`api/diff?${asked}`);
  const link = (key: string) => <a href={hrefOf({ page: 'version', kind, id, key })}>{key}</a>;
  return (
    <>
      <h1>
        {id} <span className="quiet title">what changed</span>
      </h1>
      <p className="facts">
        <span>
          {link(a)} → {link(b)}
        </span>
        <a href={hrefOf({ page: 'diff', kind, id, a: b, b: a })}>Swap</a>
      </p>
      <Answered answer={answer}>{(diff) => <Changes diff={diff} asked={asked} />}</Answered>
    </>
  );
}

function Changes({ diff, asked }: { diff: DiffDocument; asked: URLSearchParams }): React.JSX.Element {
  const { tables, files, only_before, only_now } = diff;
  const different = files.filter(({ state }) => state === 'different');
  return (
    <>
      {diff.equal && (
        <p>
          <State state="passed">equal</State> Nothing differs: rows, columns, types and shapes are the same.
        </p>
      )}
      {[
        ['Only in the earlier', only_before],
        ['Only in the later', only_now],
        ['Files that differ', different.map(({ path }) => path)],
      ].map(
        ([title, names]) =>
          names!.length > 0 && (
            <p key={String(title)}>
              {title}: <code>{(names as string[]).join(', ')}</code>
            </p>
          ),
      )}
      {tables.map((table) => (
        <TableChanges
          key={table.id ?? ''}
          table={table}
          compared={String(new URLSearchParams([...asked, ...(table.id === null ? [] : [['table', table.id]])]))}
        />
      ))}
    </>
  );
}
