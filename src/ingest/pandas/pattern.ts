import { LifecycleError } from '../../errors.ts';

/** Classes of characters that Python's `re` takes from Unicode and RE2, DuckDB's engine, from ASCII. */
const UNICODE_CLASSES: Readonly<Record<string, string>> = {
  w: '\\p{L}\\p{N}_',
  d: '\\p{Nd}',
  s: '\\s\\x0b\\x1c-\\x1f\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}',
};

/** What RE2 cannot do: looking ahead and behind, and groups that are repeated. */
const BEYOND_RE2 = /\(\?(?:[=!]|<[=!])|\(\?P=|\\[1-9]/;

/**
 * A regular expression of a pandas string method, which Arrow runs by RE2 as DuckDB does: only the end of the text is
 * written otherwise.
 *
 * @throws LifecycleError ING_BAD_EXPRESSION
 */
export function arrowPattern(pattern: string): string {
  return translated(pattern, false);
}

/**
 * A regular expression of DataFrame.replace, which Python's `re` runs.
 *
 * @throws LifecycleError ING_BAD_EXPRESSION
 */
export function pythonPattern(pattern: string): string {
  return translated(pattern, true);
}

function translated(pattern: string, unicode: boolean): string {
  const beyond = BEYOND_RE2.exec(pattern);
  if (beyond) {
    throw new LifecycleError(
      'ING_BAD_EXPRESSION',
      `the regular expression ${JSON.stringify(pattern)} has ${JSON.stringify(beyond[0])}, which is not supported`,
      {
        hint: 'look-ahead, look-behind and repeated groups cannot be used: write the pattern without, or in two steps',
      },
    );
  }
  let inClass = false;
  return pattern.replace(/\\[\s\S]|\[\^?\]?|\]/g, (token) => {
    const [first, letter = ''] = token;
    if (first === '[') {
      if (inClass) return token;
      inClass = true;
      return token;
    }
    if (first === ']') {
      inClass = false;
      return token;
    }
    if (letter === 'Z' && !inClass) return '\\z';
    const members = unicode ? UNICODE_CLASSES[letter.toLowerCase()] : undefined;
    if (members === undefined) return token;
    if (inClass) return letter === letter.toLowerCase() ? members : token;
    return letter === letter.toLowerCase() ? `[${members}]` : `[^${members}]`;
  });
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07', b: '\b' };

/**
 * A replacement as Python writes it (`\1`, `\g<1>`, `\g<name>`, `\n`), for RE2.
 *
 * @param pattern whose named groups it may call
 */
export function pythonReplacement(text: string, pattern: string): string {
  return text.replace(
    /\\(?:g<(\w+)>|([\s\S]))|\\$/g,
    (token, group: string | undefined, letter: string | undefined) => {
      if (group !== undefined) return /^\d+$/.test(group) ? `\\${group}` : `\\${numberOf(group, pattern)}`;
      return (letter !== undefined && ESCAPES[letter]) || token;
    },
  );
}

function numberOf(name: string, pattern: string): number {
  const groups = [...pattern.matchAll(/\\[\s\S]|\((?!\?)|\(\?P<(\w+)>/g)].filter(([token]) => token.startsWith('('));
  const index = groups.findIndex(([, found]) => found === name);
  if (index >= 0) return index + 1;
  throw new LifecycleError(
    'ING_BAD_EXPRESSION',
    `the regular expression ${JSON.stringify(pattern)} has no group ${JSON.stringify(name)}`,
    { hint: 'name the group (?P<name>…) in the pattern, or call it by its number' },
  );
}
