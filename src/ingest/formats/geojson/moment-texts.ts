import { literal } from '../../../engine/sql.ts';

const DATE = '[0-9]{4}[-/](0[1-9]|1[0-2])[-/](0[1-9]|[12][0-9]|3[01])';
const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?';
const OFFSET = ' ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)';
/** Patterns of whole texts. */
export const STAMP = ` *${DATE}([T ]${CLOCK}(${OFFSET})?)? *`;
export const TIME = ` *${CLOCK} *`;
/** A year that no calendar of pandas has. */
const NO_YEAR = ' *0000.*';

/** SQL for whether all of a text is of a pattern. */
export const shaped = (text: string, pattern: string) => `regexp_full_match(${text}, ${literal(pattern)})`;

/** SQL for whether a text is a date, with or without a time. */
export const isStamp = (text: string) =>
  `(${shaped(text, STAMP)} AND NOT ${shaped(text, NO_YEAR)} AND TRY_CAST(${stampOf(text)} AS TIMESTAMPTZ) IS NOT NULL)`;

/** SQL for whether a text that is a date tells a time zone. */
export const hasOffset = (text: string) => shaped(text, `.*${CLOCK}${OFFSET} *`);

/** SQL for whether a text is a day as DuckDB writes it, of a year of four digits: most are, and no pattern is needed. */
export const isPlainDay = (text: string) =>
  `(length(${text}) = 10 AND CAST(TRY_CAST(${text} AS DATE) AS VARCHAR) = ${text})`;

/** SQL for a text that looks like a date or a time, as DuckDB reads it: whole seconds, and no blanks. */
export function stampOf(text: string): string {
  const dashed = `replace(trim(${text}, ' '), '/', '-')`;
  const unspaced = `regexp_replace(${dashed}, ' ([Z+-])', '\\1')`;
  return `regexp_replace(${unspaced}, '([T ][0-9]{2}:[0-9]{2})([Z+-])', '\\1:00\\2')`;
}
