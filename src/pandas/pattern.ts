import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { isReference } from '../relation/relation.ts';
import { type Job, jobSql } from './regex/jobs.ts';
import { parsePattern } from './regex/parse.ts';
import { looksBackOrAround, type Purpose, toRe2 } from './regex/re2.ts';
import { parseReplacement, type Replacement } from './regex/replacement.ts';
import { badPattern, type Flags, type Node, type Pattern, PatternProblem, widthOf } from './regex/syntax.ts';

/** Python's numbers for flags. */
const FLAGS: readonly [number, keyof Flags | undefined][] = [
  [2, 'ignoreCase'],
  [8, 'multiline'],
  [16, 'dotAll'],
  [32, undefined],
  [64, 'verbose'],
  [256, 'ascii'],
];

/** @throws LifecycleError ING_BAD_OPTION for flags that Python's `re` does not have for text */
export function flagsFrom(given: unknown, ignoreCase = false): Partial<Flags> {
  let rest = Number(given ?? 0);
  const flags: Partial<Flags> = ignoreCase ? { ignoreCase } : {};
  for (const [bit, name] of FLAGS) {
    if ((rest & bit) === 0) continue;
    rest &= ~bit;
    if (name) flags[name] = true;
  }
  if (rest === 0) return flags;
  throw new LifecycleError('ING_BAD_OPTION', `flags: ${String(given)} is not supported`, {
    hint: "add up the numbers of Python's re: 2 ignores case, 8 is multiline, 16 dot matches all, 64 verbose, 256 ASCII",
  });
}

type Task = { do: 'search' | 'match' | 'fullmatch' | 'count' | 'extract' | 'findall' } | { do: 'split'; most: number };

/**
 * A regular expression as SQL. RE2, which DuckDB has and Arrow too, takes it where it does exactly what is meant; the rest
 * is for this program's own matcher, which does what Python's `re` does, within bounds.
 */
export class TextPattern {
  readonly #source: string;
  readonly #flags: Partial<Flags>;
  /** Undefined for what only RE2 understands. */
  readonly #pattern: Pattern | undefined;
  /** The text goes to RE2 as it is written, because that is what pandas does with it. */
  readonly #raw: string | undefined;
  readonly #ignoreCase: boolean;

  private constructor(source: string, flags: Partial<Flags>, pattern: Pattern | undefined, raw?: string, fold = false) {
    this.#source = source;
    this.#flags = flags;
    this.#pattern = pattern;
    this.#raw = raw;
    this.#ignoreCase = fold;
  }

  /** For what Python's `re` runs: DataFrame.replace, `str.extract`, flags. @throws LifecycleError ING_BAD_EXPRESSION */
  static python(source: string, flags: Partial<Flags> = {}): TextPattern {
    return new TextPattern(source, flags, parsed(source, flags));
  }

  /**
   * For methods of text that pandas gives to Arrow, unless they look around or back: there classes such as `\w` are ASCII
   * and `$` is the very end. What RE2 would not take is read as Python's.
   *
   * @throws LifecycleError ING_BAD_EXPRESSION
   */
  static arrow(source: string, ignoreCase = false): TextPattern {
    let pattern: Pattern | undefined;
    try {
      pattern = parsePattern(source);
    } catch (error) {
      if (!(error instanceof PatternProblem)) throw error;
      if (!ONLY_RE2.test(source)) throw badPattern(source, error);
    }
    const flags = ignoreCase ? { ignoreCase } : {};
    if (pattern && (looksBackOrAround(pattern.root) || pattern.beyondRe2)) {
      return new TextPattern(source, flags, parsed(source, flags));
    }
    return new TextPattern(source, flags, pattern, source.replace(/(?<=(?:^|[^\\])(?:\\\\)*)\\Z$/, '\\z'), ignoreCase);
  }

  /** How many groups capture; only of what Python reads. */
  get groups(): number {
    return this.#pattern?.groups ?? 0;
  }

  search(text: string): string {
    return this.#tested(text, 'search', (re2) => re2);
  }

  match(text: string): string {
    return this.#tested(text, 'match', (re2) => `^(?:${re2})`);
  }

  fullMatch(text: string): string {
    return this.#tested(text, 'fullmatch', (re2) => `^(?:${re2})\\z`);
  }

  #tested(text: string, task: 'search' | 'match' | 'fullmatch', around: (re2: string) => string): string {
    // DuckDB takes `^(?:)` and `\A\A` for the empty text. A full match takes no line end more than the pattern does.
    const re2 = this.#mayBeEmpty() ? undefined : (this.#raw ?? this.#re2(task === 'fullmatch' ? 'replace' : 'test'));
    if (re2 === undefined) return this.#job(text, { do: task });
    return `regexp_matches(${text}, ${literal(around(re2))}${this.#ignoreCase ? ", 'i'" : ''})`;
  }

  count(text: string): string {
    const re2 = this.#mayBeEmpty() ? undefined : (this.#raw ?? this.#re2('replace'));
    return re2 === undefined ? this.#job(text, { do: 'count' }) : `len(regexp_extract_all(${text}, ${literal(re2)}))`;
  }

  /** The first group of the first match. */
  extract(text: string): string {
    const re2 = this.#re2('extract');
    if (re2 === undefined) return this.#job(text, { do: 'extract' });
    const expression = literal(re2);
    return `CASE WHEN regexp_matches(${text}, ${expression}) THEN regexp_extract(${text}, ${expression}, 1) END`;
  }

  /** All matches; of a pattern with a group, what that has in each. */
  findAll(text: string): string {
    return this.#job(text, { do: 'findall' });
  }

  split(text: string, most: number): string {
    return this.#job(text, { do: 'split', most });
  }

  /**
   * @param most how many matches are replaced; 0 for all
   * @throws LifecycleError ING_BAD_EXPRESSION for a replacement that Python refuses
   */
  replace(text: string, replacement: string, most = 0): string {
    const made = this.#replacement(replacement);
    const [found, put] = [this.#plainText(), made && plainReplacement(made)];
    if (most === 0 && found !== undefined && put !== undefined) return replaced(text, literal(found), literal(put));
    const re2 = most > 1 || this.#mayBeEmpty() ? undefined : (this.#raw ?? this.#re2('replace'));
    const rewrite = made && rewriteOf(made);
    if (re2 === undefined || rewrite === undefined) {
      return this.#job(text, { do: 'replace', replacement, most });
    }
    const options = `${most === 0 ? 'g' : ''}${this.#ignoreCase ? 'i' : ''}`;
    return `regexp_replace(${text}, ${literal(re2)}, ${literal(rewrite)}${options && `, '${options}'`})`;
  }

  /** The text that is all the pattern matches. */
  #plainText(): string | undefined {
    // An escape may mean something else to RE2.
    if (!this.#pattern || this.#ignoreCase || this.#raw?.includes('\\')) return undefined;
    return plainTextOf(this.#pattern.root);
  }

  /** Between the bytes of a character RE2 finds empty matches too, and DuckDB then loses the whole session. */
  #mayBeEmpty(): boolean {
    return this.#pattern !== undefined && widthOf(this.#pattern.root, new Map())[0] === 0;
  }

  #replacement(text: string): Replacement | undefined {
    const { names = new Map(), groups = 9 } = this.#pattern ?? {};
    try {
      return parseReplacement(text, { names, groups });
    } catch (error) {
      if (error instanceof PatternProblem) throw badReplacement(text, error);
      throw error;
    }
  }

  #re2(purpose: Purpose): string | undefined {
    return this.#pattern && toRe2(this.#pattern, purpose);
  }

  #job(
    text: string,
    task: Task | Extract<Job, { do: 'replace' }> | { do: 'replace'; replacement: string; most: number },
  ): string {
    const like = this.#raw === undefined ? 'python' : 're2';
    return jobSql(text, { pattern: this.#source, flags: this.#flags, like, ...task } as Job);
  }
}

/** What RE2 reads and Python does not, and a pattern may therefore mean. */
const ONLY_RE2 = /\\[pPzQCX]|\\x\{|\[\[:\^?\w+:\]|\(\?[a-zA-Z]*-?[a-zA-Z]+\)|\(\?<\w+>|\\b[*+?{]|[\^$][*+?{]/;

function parsed(source: string, flags: Partial<Flags>): Pattern {
  try {
    return parsePattern(source, flags);
  } catch (error) {
    if (error instanceof PatternProblem) throw badPattern(source, error);
    throw error;
  }
}

/** Of a pattern of characters alone, which stand for themselves. */
function plainTextOf(node: Node): string | undefined {
  if (node.kind === 'char') {
    const isOdd = node.code === 0 || (node.code >= 0xd800 && node.code <= 0xdfff);
    return node.flags.ignoreCase || isOdd ? undefined : String.fromCodePoint(node.code);
  }
  if (node.kind !== 'sequence' || node.items.length === 0) return undefined;
  const texts = node.items.map(plainTextOf);
  return texts.includes(undefined) ? undefined : texts.join('');
}

function plainReplacement(replacement: Replacement): string | undefined {
  return replacement.some((part) => typeof part === 'number') ? undefined : replacement.join('');
}

/** Most texts hold nothing to be replaced, which costs little to find out where the text need not be computed for it. */
function replaced(text: string, found: string, put: string): string {
  const all = `replace(${text}, ${found}, ${put})`;
  return isReference(text) ? `CASE WHEN contains(${text}, ${found}) THEN ${all} ELSE ${text} END` : all;
}

/** RE2 knows groups up to 9. */
function rewriteOf(replacement: Replacement): string | undefined {
  if (replacement.some((part) => typeof part === 'number' && part > 9)) return undefined;
  return replacement.map((part) => (typeof part === 'number' ? `\\${part}` : part.replaceAll('\\', '\\\\'))).join('');
}

function badReplacement(text: string, problem: PatternProblem): LifecycleError {
  const what = `the replacement ${JSON.stringify(text)} cannot be read: ${problem.message}`;
  return new LifecycleError('ING_BAD_EXPRESSION', `${what} at character ${problem.position + 1}`, {
    hint: "write it as Python's re.sub reads it: \\1 or \\g<name> for a group, \\\\ for a backslash",
  });
}
