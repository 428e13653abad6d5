import type { Place } from '../errors.ts';

/**
 * Gives the place in a template's source for an offset into what was rendered from it. Exact where rendering kept the
 * number of lines; else counted from the nearer end that rendering left as it was, or the first line that it changed.
 */
export function placesOf(file: string, source: string, rendered: string): (offset: number) => Place {
  const sourceLines = source.split('\n');
  const renderedLines = rendered.split('\n');
  const starts = [0];
  for (const line of renderedLines) starts.push(starts.at(-1)! + line.length + 1);
  const { length: sourceCount } = sourceLines;
  const { length: renderedCount } = renderedLines;
  const sameCount = sourceCount === renderedCount || rendered === source.replace(/\n$/, '');
  let head = 0;
  while (head < Math.min(sourceCount, renderedCount) && sourceLines[head] === renderedLines[head]) head++;
  let tail = 0;
  while (
    tail < Math.min(sourceCount, renderedCount) - head &&
    sourceLines[sourceCount - 1 - tail] === renderedLines[renderedCount - 1 - tail]
  ) {
    tail++;
  }
  return (offset) => {
    let line = starts.findIndex((start, i) => offset >= start && offset < starts[i + 1]!);
    if (line === -1) line = renderedCount - 1;
    const column = offset - starts[line]!;
    const sourceLine =
      sameCount || line < head
        ? line
        : line >= renderedCount - tail
          ? line + sourceCount - renderedCount
          : Math.min(head, sourceCount - 1);
    const same = sourceLines[sourceLine] === renderedLines[line];
    return { file, line: sourceLine + 1, column: same || sameCount ? column + 1 : 1 };
  };
}
