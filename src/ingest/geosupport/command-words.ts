import { LifecycleError } from '../../errors.ts';

const OUTSIDE = /^(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+))/su;

/**
 * A command line as the words of an argument list, without a shell: nothing is expanded, piped or substituted.
 *
 * Either a JSON array of strings, or words between blanks, where `'…'` keeps everything as it is, `"…"` keeps blanks
 * and takes `\"` and `\\` for the character behind the backslash, and a backslash outside quotes does that for any
 * character.
 *
 * @param setting the name of the environment variable, for messages
 * @throws LifecycleError ING_GEOSUPPORT
 */
export function commandWords(line: string, setting: string): [string, ...string[]] {
  const text = line.trim();
  const words = text.startsWith('[') ? listed(text) : split(text);
  const [command, ...rest] = words ?? [];
  if (!command) {
    throw new LifecycleError('ING_GEOSUPPORT', `${setting} is no command line: ${JSON.stringify(line)}`, {
      hint: `write a program and its arguments, as in ${setting}='python3 "/opt/my tools/geocode.py"', or a JSON list of them`,
    });
  }
  return [command, ...rest];
}

function listed(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where a quotation mark stays open. */
function split(text: string): string[] | undefined {
  const words: string[] = [];
  let rest = text;
  let word: string | undefined;
  while (rest !== '') {
    const blanks = /^\s+/u.exec(rest)?.[0].length ?? 0;
    if (blanks > 0) {
      if (word !== undefined) words.push(word);
      word = undefined;
      rest = rest.slice(blanks);
      continue;
    }
    const match = OUTSIDE.exec(rest);
    if (!match) return undefined;
    const [whole, single, double, escaped, plain] = match;
    word = (word ?? '') + (single ?? double?.replace(/\\(["\\])/gu, '$1') ?? escaped ?? plain ?? '');
    rest = rest.slice(whole.length);
  }
  if (word !== undefined) words.push(word);
  return words;
}
