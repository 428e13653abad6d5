import type { Place } from '../errors.ts';

/** Jinja's expressions, statements and comments; what lies between them is copied as it is. */
const MARKUP = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\}/g;

/** A stretch of the source that stands unchanged in what was rendered. */
interface Stretch {
  source: number;
  rendered: number;
  length: number;
}

/**
 * Gives the place in a template's source for an offset into what was rendered from it. What came out of an expression
 * is placed at the expression. A branch that was not taken leaves no trace, and a loop that ran twice only its first.
 */
export function placesOf(file: string, source: string, rendered: string): (offset: number) => Place {
  const stretches = stretchesOf(source, rendered);
  return (offset) => {
    const stretch = stretches.findLast((each) => each.rendered <= offset);
    const into = stretch ? Math.min(offset - stretch.rendered, stretch.length) : 0;
    return placeAt(file, source, (stretch?.source ?? 0) + into);
  };
}

/** Line and column, from 1, of an offset. */
function placeAt(file: string, text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { file, line: before.split('\n').length, column: offset - lineStart + 1 };
}

function stretchesOf(source: string, rendered: string): Stretch[] {
  if (source === rendered) return [{ source: 0, rendered: 0, length: source.length }];
  const found: Stretch[] = [];
  let from = 0;
  let at = 0;
  for (const markup of [...source.matchAll(MARKUP), undefined]) {
    const end = markup?.index ?? source.length;
    // Rendering drops the line break that ends the file.
    const literal = source.slice(at, end).replace(markup ? '' : /\n$/, '');
    const position = literal === '' ? -1 : rendered.indexOf(literal, from);
    if (position >= 0) {
      found.push({ source: at, rendered: position, length: literal.length });
      from = position + literal.length;
    }
    at = end + (markup?.[0].length ?? 0);
  }
  return found;
}
