import { stripVTControlCharacters } from 'node:util';
import { escapeControls } from '../report.ts';

export interface TableColumn {
  heading: string;
  align?: 'left' | 'right';
}

/** Lines of aligned columns under their headings; the last column is not padded. */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((row) => row.map((cell) => escapeControls(cell).replaceAll('\n', ' ')));
  const all = [columns.map((column) => column.heading), ...clean];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => widthOf(row[index] ?? ''))));
  return all.map((row) =>
    columns
      .map((column, index) => {
        const cell = row[index] ?? '';
        const padding = ' '.repeat(widths[index]! - widthOf(cell));
        if (column.align === 'right') return padding + cell;
        return index === columns.length - 1 ? cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Columns of a terminal that a text takes, as far as letters go: wide East Asian ones take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(stripVTControlCharacters(text))) {
    width += /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}/u.test(
      segment,
    )
      ? 2
      : 1;
  }
  return width;
}
