import { literalList } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import { findColumn, type Relation, type RelationColumn, withColumns } from '../../../relation/relation.ts';
import type { CsvOptions } from './options.ts';

/** Null tokens of single columns; those of all columns the scan knows. */
export function withColumnNulls(text: Relation, { columnNullTokens }: CsvOptions): Relation {
  return {
    ...text,
    columns: text.columns.map((column) => {
      const tokens = columnNullTokens[column.name];
      if (!tokens || tokens.length === 0) return column;
      const { expression } = column;
      return {
        ...column,
        expression: `CASE WHEN NOT list_contains(${literalList(tokens)}, ${expression}) THEN ${expression} END`,
      };
    }),
  };
}

/** Drops surplus fields, adds declared ones that the file does not have, and applies `usecols`. */
export function choose(text: Relation, options: CsvOptions): Relation {
  const { names: given, usecols } = options;
  if (given && usecols?.length === given.length && usecols.every((at) => typeof at === 'number')) {
    return withColumns(text, namedPositions(text, given, usecols));
  }
  let columns = text.columns.filter((column) => !column.name.startsWith('\0surplus '));
  for (const name of options.names?.slice(columns.length) ?? []) {
    columns.push({ name, expression: 'NULL::VARCHAR', type: 'VARCHAR' });
  }
  if (options.usecols) {
    const names = columns.map((column) => column.name);
    const missing = options.usecols.filter((wanted) =>
      typeof wanted === 'number' ? columns[wanted] === undefined : !names.includes(wanted),
    );
    if (missing.length > 0) {
      throw new LifecycleError(
        'ING_MISSING_COLUMN',
        `usecols names columns that the file does not have: ${missing.join(', ')}`,
        {
          hint: `the file has ${names.join(', ')}`,
        },
      );
    }
    columns = columns.filter((column, i) => options.usecols!.includes(column.name) || options.usecols!.includes(i));
  }
  return withColumns(text, columns);
}

/** As many names as positions: the names are those of the fields that are used, in file order. */
function namedPositions(text: Relation, names: readonly string[], positions: readonly number[]): RelationColumn[] {
  const sorted = [...positions].sort((a, b) => a - b);
  return sorted.map((at, i) => {
    const column = text.columns[at];
    if (column) return { ...column, name: names[i]! };
    throw new LifecycleError(
      'ING_MISSING_COLUMN',
      `usecols asks for field ${at}, and a row has ${text.columns.length}`,
      {
        hint: 'fields count from 0; check `delimiter` too',
      },
    );
  });
}

/** pandas makes the index of these columns, and the engine writes no index. */
export function withoutIndex(text: Relation, { indexColumns }: CsvOptions): Relation {
  if (indexColumns.length === 0) return text;
  const dropped = indexColumns.map((wanted) => {
    const column = typeof wanted === 'number' ? text.columns.at(wanted) : findColumn(text, wanted);
    if (column) return column;
    throw new LifecycleError('ING_MISSING_COLUMN', `index_col names ${wanted}, which is no column of the file`, {
      hint: `the file has ${text.columns.map(({ name }) => name).join(', ')}`,
    });
  });
  return withColumns(
    text,
    text.columns.filter((column) => !dropped.includes(column)),
  );
}
