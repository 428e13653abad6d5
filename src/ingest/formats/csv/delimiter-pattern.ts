import { LifecycleError } from '../../../errors.ts';
import { PythonExpression } from '../../../pandas/regex/expression.ts';
import { PatternProblem } from '../../../pandas/regex/syntax.ts';

/** The expression that a delimiter stands for; `written` is the option. @throws LifecycleError ING_BAD_OPTION */
export function delimiterPattern(pattern: string, written: string): PythonExpression {
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
