import { LifecycleError } from '../../../errors.ts';
import type { CsvDialect } from './tokenizer.ts';

type Separation = Pick<CsvDialect, 'delimiter' | 'separatedBy'>;

/** Characters that mean something else in a pattern than themselves. */
const SPECIAL = /[\\^$.|?*+()[\]{}]/;

/**
 * A delimiter is one character, or one that is escaped (`\t`, `\|`), or blanks of any number (`\s+`), or else a regular
 * expression, as pandas has it. One with alternatives that are empty or the same, such as `||` or `~|~`, cannot be meant
 * as an expression, and is taken as it is written.
 *
 * @throws LifecycleError ING_BAD_OPTION
 */
export async function separation(value: unknown): Promise<Separation> {
  if (typeof value !== 'string' || value === '') {
    throw new LifecycleError('ING_BAD_OPTION', `csv option delimiter is ${JSON.stringify(value)}, not a text`, {
      hint: 'write one character, such as delimiter: "|", or a pattern',
    });
  }
  if ([...value].length === 1) return { delimiter: value };
  if (value === '\\t') return { delimiter: '\t' };
  if (/^\\[^\p{L}\p{N}]$/u.test(value)) return { delimiter: value[1]! };
  if (value === '\\s+') return { delimiter: ' ', separatedBy: 'blanks' };
  const pattern = isAlternation(value) ? value : value.replaceAll(new RegExp(SPECIAL, 'g'), '\\$&');
  // Python's expressions are loaded for those who use them.
  const { delimiterPattern } = await import('./delimiter-pattern.ts');
  return { delimiter: value, separatedBy: delimiterPattern(pattern, value) };
}

function isAlternation(value: string): boolean {
  if (!value.includes('|') || /[\\()[\]]/.test(value)) return true;
  const alternatives = value.split('|');
  return !alternatives.includes('') && new Set(alternatives).size === alternatives.length;
}
