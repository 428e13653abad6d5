import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { flagsFrom, TextPattern } from './pattern.ts';

/** SQL for a method of `Series.str` on a column of text. */
type TextMethod = (text: string, args: Readonly<Record<string, unknown>>) => string;

/** Missing text holds nothing, unless `na` says otherwise. */
function test(sql: TextMethod): TextMethod {
  return (text, args) => `coalesce(${sql(text, args)}, ${args.na === true})`;
}

/** Of the whole text, which must hold a letter (a digit, …) at all. */
const made = (classes: string) => test((text) => `regexp_full_match(${text}, ${literal(`[${classes}]+`)})`);

/** With `flags` Python's `re` does it, else Arrow. */
export function patternOf(args: Readonly<Record<string, unknown>>): TextPattern {
  const flags = Number(args.flags ?? 0);
  const ignoreCase = args.case === false;
  return flags === 0
    ? TextPattern.arrow(String(args.pat), ignoreCase)
    : TextPattern.python(String(args.pat), flagsFrom(flags, ignoreCase));
}

function contained(text: string, args: Readonly<Record<string, unknown>>): string {
  if (args.regex !== false) return patternOf(args).search(text);
  return args.case === false || Number(args.flags ?? 0) === 2
    ? `contains(lower(${text}), lower(${literal(String(args.pat))}))`
    : `contains(${text}, ${literal(String(args.pat))})`;
}

function affix(sql: string): TextMethod {
  const name = sql === 'starts_with' ? 'startswith' : 'endswith';
  return test((text, { pat }) => {
    if (typeof pat === 'string') return `${sql}(${text}, ${literal(pat)})`;
    throw new LifecycleError('ING_BAD_OPTION', `str.${name}: pat is ${JSON.stringify(pat)}`, {
      hint: 'write one text',
    });
  });
}

/** Methods that answer yes or no. */
export const TEXT_TESTS: Readonly<Record<string, TextMethod>> = {
  'str.contains': test(contained),
  'str.match': test((text, args) => patternOf(args).match(text)),
  'str.fullmatch': test((text, args) => patternOf(args).fullMatch(text)),
  'str.startswith': affix('starts_with'),
  'str.endswith': affix('ends_with'),
  'str.isalnum': made('\\p{L}\\p{N}'),
  'str.isalpha': made('\\p{L}'),
  'str.isdecimal': made('\\p{Nd}'),
  'str.isdigit': made('\\p{Nd}\\x{b2}\\x{b3}\\x{b9}\\x{2070}-\\x{2079}\\x{2080}-\\x{2089}'),
  'str.isnumeric': made('\\p{N}'),
  'str.islower': test((text) => `(${text} = lower(${text}) AND ${text} <> upper(${text}))`),
  'str.isupper': test((text) => `(${text} = upper(${text}) AND ${text} <> lower(${text}))`),
};

/** Methods that count; positions are from 0, -1 where there is none. */
export const TEXT_COUNTS: Readonly<Record<string, TextMethod>> = {
  'str.count': (text, args) => patternOf(args).count(text),
  'str.find': (text, { sub }) => `(instr(${text}, ${literal(String(sub))}) - 1)`,
};

/** Methods that give another text. */
export const TEXT_CHANGES: Readonly<Record<string, TextMethod>> = {
  'str.extract': (text, { pat, expand, flags }) => {
    const pattern = TextPattern.python(String(pat), flagsFrom(flags));
    if (pattern.groups !== 1) {
      const many = `str.extract: the pattern ${JSON.stringify(pat)} has ${pattern.groups} groups`;
      throw new LifecycleError('ING_BAD_OPTION', many, {
        hint: `write one group in parentheses${expand === true ? ', and expand: false' : ''}; others may be (?:…)`,
      });
    }
    return pattern.extract(text);
  },
  'str.join': (text, { sep }) => `array_to_string(regexp_extract_all(${text}, '(?s).'), ${literal(String(sep))})`,
  'str.repeat': (text, { repeats }) => `repeat(${text}, ${Math.max(0, Math.trunc(Number(repeats)))})`,
};
