import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { arrowPattern, pythonPattern } from './pattern.ts';

/** SQL for a method of `Series.str` on a column of text. */
type TextMethod = (text: string, args: Readonly<Record<string, unknown>>) => string;

/** Missing text holds nothing, unless `na` says otherwise. */
function test(sql: TextMethod): TextMethod {
  return (text, args) => `coalesce(${sql(text, args)}, ${args.na === true})`;
}

/** Of the whole text, which must hold a letter (a digit, …) at all. */
const made = (classes: string) => test((text) => `regexp_full_match(${text}, ${literal(`[${classes}]+`)})`);

const IGNORE_CASE = 2;

function matched(text: string, args: Readonly<Record<string, unknown>>, around: (pattern: string) => string): string {
  const flags = Number(args.flags ?? 0);
  if ((flags & ~IGNORE_CASE) !== 0) {
    throw new LifecycleError('ING_BAD_OPTION', `flags: ${flags} is not supported`, {
      hint: 'flags may be 2, which ignores case',
    });
  }
  const ignoresCase = args.case === false || flags !== 0;
  if (args.regex === false) {
    const [haystack, needle] = ignoresCase
      ? [`lower(${text})`, `lower(${literal(String(args.pat))})`]
      : [text, literal(String(args.pat))];
    return `contains(${haystack}, ${needle})`;
  }
  const pattern = ignoresCase ? pythonPattern(String(args.pat)) : arrowPattern(String(args.pat));
  return `regexp_matches(${text}, ${literal(around(pattern))}${ignoresCase ? ", 'i'" : ''})`;
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
  'str.contains': test((text, args) => matched(text, args, (pattern) => pattern)),
  'str.match': test((text, args) => matched(text, args, (pattern) => `^(?:${pattern})`)),
  'str.fullmatch': test((text, args) => matched(text, args, (pattern) => `^(?:${pattern})\\z`)),
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
  'str.count': (text, { pat }) => `len(regexp_extract_all(${text}, ${literal(arrowPattern(String(pat)))}))`,
  'str.find': (text, { sub }) => `(instr(${text}, ${literal(String(sub))}) - 1)`,
};

/** Methods that give another text. */
export const TEXT_CHANGES: Readonly<Record<string, TextMethod>> = {
  'str.extract': (text, { pat, expand }) => {
    const pattern = String(pat);
    const groups = [...pattern.matchAll(/\\[\s\S]|\((?!\?)|\(\?P<\w+>/g)].filter(([token]) => token.startsWith('('));
    if (groups.length !== 1) {
      const many = `str.extract: the pattern ${JSON.stringify(pattern)} has ${groups.length} groups`;
      throw new LifecycleError('ING_BAD_OPTION', many, {
        hint: `write one group in parentheses${expand === true ? ', and expand: false' : ''}; others may be (?:…)`,
      });
    }
    const expression = literal(pythonPattern(pattern));
    return `CASE WHEN regexp_matches(${text}, ${expression}) THEN regexp_extract(${text}, ${expression}, 1) END`;
  },
  'str.join': (text, { sep }) => `array_to_string(regexp_extract_all(${text}, '(?s).'), ${literal(String(sep))})`,
  'str.repeat': (text, { repeats }) => `repeat(${text}, ${Math.max(0, Math.trunc(Number(repeats)))})`,
};
