import { LifecycleError } from '../../../errors.ts';
import { PythonExpression } from '../../../pandas/regex/expression.ts';
import { PatternProblem } from '../../../pandas/regex/syntax.ts';
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
export function separation(value: unknown): Separation {
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
  return { delimiter: value, separatedBy: expressionOf(pattern, value) };
}

function isAlternation(value: string): boolean {
  if (!value.includes('|') || /[\\()[\]]/.test(value)) return true;
  const alternatives = value.split('|');
  return !alternatives.includes('') && new Set(alternatives).size === alternatives.length;
}

function expressionOf(pattern: string, written: string): PythonExpression {
  let problem = 'is found everywhere';
  try {
    const expression = new PythonExpression(pattern);
    if (!expression.fullMatch('')) return expression;
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    problem = `cannot be read: ${error.message} at character ${error.position + 1}`;
  }
  throw new LifecycleError('ING_BAD_OPTION', `csv option delimiter is ${JSON.stringify(written)}, which ${problem}`, {
    hint: "a delimiter of several characters is a regular expression of Python: write a backslash before each special character, such as '\\|\\|' for two bars",
  });
}
