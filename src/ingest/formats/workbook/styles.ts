import type { ZipFiles } from '../../../archive/archive.ts';
import { readXml } from './xml.ts';

/** What a number means by its format; undefined for a plain number. */
export type NumberMeaning = 'date' | 'duration' | undefined;

/** Formats that every workbook has by number without writing them down. */
const BUILT_IN: ReadonlyMap<number, NumberMeaning> = new Map<number, NumberMeaning>([
  ...[14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 47].map((id): [number, NumberMeaning] => [id, 'date']),
  [46, 'duration'],
]);

/** Excel takes 255 characters. Brackets without an end make the looking long where the text is. */
const LONGEST_FORMAT = 2_000;
/** Text in quotation marks, and brackets (colours, languages) other than `[h]`, `[m]`, `[s]` and their doubles. */
const NOT_FORMAT = /"[^\n]*?"|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]/g;
const DATE_LETTER = /(?<![_\\])[dmhys]/i;
const ELAPSED = /\[(?:hh?|mm?|ss?)\]/i;

/** openpyxl's rule: the part for positive numbers decides, by its letters for days, months, years, hours, seconds. */
export function meaningOf(format: string): NumberMeaning {
  const positive = format.slice(0, LONGEST_FORMAT).split(';')[0]!;
  if (!DATE_LETTER.test(positive.replace(NOT_FORMAT, ''))) return undefined;
  return ELAPSED.test(positive) ? 'duration' : 'date';
}

/**
 * What numbers mean by the style of their cell, in the order in which cells refer to styles.
 * @throws LifecycleError ING_BAD_FILE
 */
export async function readStyles(files: ZipFiles, part: string | undefined): Promise<NumberMeaning[]> {
  const custom = new Map<number, NumberMeaning>();
  const styles: NumberMeaning[] = [];
  if (part === undefined) return styles;
  let cells = false;
  await readXml(files.read(part), part, {
    open(name, { numFmtId, formatCode }) {
      const id = Number(numFmtId ?? 0);
      if (name === 'cellXfs') cells = true;
      else if (name === 'numFmt') custom.set(id, meaningOf(formatCode ?? ''));
      else if (name === 'xf' && cells) styles.push(custom.has(id) ? custom.get(id) : BUILT_IN.get(id));
    },
    close(name) {
      if (name === 'cellXfs') cells = false;
    },
  });
  return styles;
}
