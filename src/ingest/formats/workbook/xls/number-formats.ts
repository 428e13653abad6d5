/** Formats that every workbook has by number, dates and times, also those of East Asia and Thailand. */
const BUILT_IN_DATES = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
  [71, 81],
] as const;

/** Excel takes 255 characters. Brackets without an end make the looking long where the text is. */
const LONGEST_FORMAT = 2_000;
/** Text in quotation marks, a character after one that shows it as it is, and signs that say nothing. */
const NOT_FORMAT = /"[^"]*"?|[\\_*][\s\S]?|[$\-+/(): ]/gu;
const BRACKETS = /\[[^\]]*\]/gu;
const DATE_LETTERS = /[dmhysDMHYS]/gu;
const DIGIT_PLACES = /[0#?]/gu;

/**
 * xlrd's rule: a format is one of dates if it has more letters for days, months, years, hours and seconds than places
 * for digits. A time that goes on beyond a day, all in brackets, is a number.
 *
 * @param id its number
 * @param format as the workbook writes it down; undefined where it does not
 */
export function isDateFormat(id: number, format: string | undefined): boolean {
  if (format === undefined) return BUILT_IN_DATES.some(([first, last]) => id >= first && id <= last);
  const plain = format.slice(0, LONGEST_FORMAT).replace(NOT_FORMAT, '').replace(BRACKETS, '');
  return count(plain, DATE_LETTERS) > count(plain, DIGIT_PLACES);
}

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
