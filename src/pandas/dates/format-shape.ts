import { LifecycleError } from '../../errors.ts';
import { type DateShape, MONTHS, SHORT_MONTHS } from './guess.ts';

/** What the directives of `strptime` take, where the database reads them as Python does. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: '\\d{4}',
  y: '\\d{2}',
  m: '\\d{1,2}',
  d: '\\d{1,2}',
  B: `(?i:${MONTHS})`,
  b: `(?i:${SHORT_MONTHS})`,
  H: '\\d{1,2}',
  I: '\\d{1,2}',
  M: '\\d{1,2}',
  S: '\\d{1,2}',
  f: '\\d{1,6}',
  p: '(?i:AM|PM)',
  j: '\\d{1,3}',
  '%': '%',
};

/**
 * The shape of dates that are written in a format of Python's `strptime`.
 * @throws LifecycleError ING_BAD_OPTION
 */
export function shapeOfFormat(format: string): DateShape {
  let pattern = '';
  for (let i = 0; i < format.length; i++) {
    const c = format[i]!;
    if (c !== '%') {
      pattern += /\s/.test(c) ? '\\s+' : c.replace(/[\\^$.|?*+()[\]{}]/, '\\$&');
      continue;
    }
    const directive = DIRECTIVES[format[++i] ?? ''];
    if (directive === undefined) {
      const known = Object.keys(DIRECTIVES).map((letter) => `%${letter}`);
      throw new LifecycleError('ING_BAD_OPTION', `csv option date_format has %${format[i] ?? ''}, which is not known`, {
        hint: `write it with ${known.join(', ')}, or read the column as text and coerce it with a processing step`,
      });
    }
    pattern += directive;
  }
  return { pattern: `\\s*${pattern}\\s*`, strptime: format, offset: false, nanoseconds: false };
}
