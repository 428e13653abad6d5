import type { Plain } from './fields.ts';
import { pythonDecimal, resolvePlain } from './yaml11-scalars.ts';

/** Lines are folded at the first space after this column. */
const WIDTH = 80;
const STEP = 2;
/** A key is written before its colon only when it is shorter than this, the five characters of `!!str` included. */
const SIMPLE_KEY_LENGTH = 128 - 5;
const BREAKS = '\n\u0085\u2028\u2029';
const SPACES = `\0 \t\r${BREAKS}`;
const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

/**
 * Writes data as YAML 1.1 in the block style that PyYAML's safe dumper gives: keys sorted by code point, lists at the
 * indent of their key, lines folded at 80 columns, everything outside ASCII escaped, and text that YAML 1.1 would read
 * as something else quoted.
 */
export function emitYaml11(value: Plain): string {
  const writer = new Writer();
  writer.node(value, 'root');
  writer.end();
  return writer.text;
}

type Context = 'root' | 'item' | 'value' | 'key';

class Writer {
  text = '';
  #column = 0;
  #indent = -1;
  /** The last thing written was white space, so that an indicator needs none before it. */
  #afterSpace = true;
  /** Only indentation and indicators stand in this line yet. */
  #atIndent = true;

  node(value: Plain, context: Context): void {
    if (value instanceof Map) this.#map(value);
    else if (Array.isArray(value)) this.#list(value, context);
    else this.#scalar(value, context);
  }

  end(): void {
    if (!this.text.endsWith('\n')) this.#lineBreak('\n');
  }

  #map(map: Map<string, Plain>): void {
    if (map.size === 0) {
      this.#indicator('{}', false);
      return;
    }
    this.#indented(this.#indent + (this.#indent < 0 ? 1 : STEP), () => {
      for (const key of [...map.keys()].sort(compareCodePoints)) {
        this.#newLine();
        if (isSimpleKey(key)) {
          this.#scalar(key, 'key');
          this.#indicator(':', false, false);
        } else {
          this.#indicator('?', true);
          this.node(key, 'value');
          this.#newLine();
          this.#indicator(':', true);
        }
        this.node(map.get(key)!, 'value');
      }
    });
  }

  #list(items: Plain[], context: Context): void {
    if (items.length === 0) {
      this.#indicator('[]', false);
      return;
    }
    const indentless = context === 'value' && !this.#atIndent;
    this.#indented(indentless ? this.#indent : this.#indent + (this.#indent < 0 ? 1 : STEP), () => {
      for (const item of items) {
        this.#newLine();
        this.#indicator('-', true);
        this.node(item, 'item');
      }
    });
  }

  #scalar(value: null | boolean | bigint | number | string, context: Context): void {
    const isKey = context === 'key';
    this.#indented(this.#indent < 0 ? STEP : this.#indent + STEP, () => {
      const text = typeof value === 'string' ? value : plainForm(value);
      const characters = [...text];
      const style = typeof value === 'string' ? styleOf(value, characters, isKey) : 'plain';
      if (style === 'plain') this.#plain(characters, !isKey);
      else if (style === 'single') this.#singleQuoted(characters, !isKey);
      else this.#doubleQuoted(characters, !isKey);
    });
  }

  #indented(indent: number, write: () => void): void {
    const before = this.#indent;
    this.#indent = indent;
    write();
    this.#indent = before;
  }

  #write(data: string): void {
    this.text += data;
    this.#column += [...data].length;
  }

  #indicator(indicator: string, indention: boolean, needsSpace = true): void {
    this.#write(this.#afterSpace || !needsSpace ? indicator : ` ${indicator}`);
    this.#afterSpace = false;
    this.#atIndent &&= indention;
  }

  #lineBreak(character: string): void {
    this.text += character;
    this.#column = 0;
    this.#afterSpace = true;
    this.#atIndent = true;
  }

  /** Goes to the current indent, in a new line unless this one has nothing there yet. */
  #newLine(): void {
    const indent = Math.max(this.#indent, 0);
    if (!this.#atIndent || this.#column > indent || (this.#column === indent && !this.#afterSpace)) {
      this.#lineBreak('\n');
    }
    if (this.#column < indent) {
      this.#afterSpace = true;
      this.#write(' '.repeat(indent - this.#column));
    }
  }

  #plain(characters: string[], fold: boolean): void {
    if (!this.#afterSpace) this.#write(' ');
    this.#afterSpace = false;
    this.#atIndent = false;
    for (const run of runsOf(characters, (c) => c === ' ')) {
      if (run.text === ' ' && this.#column > WIDTH && fold) {
        this.#newLine();
        this.#afterSpace = false;
        this.#atIndent = false;
      } else this.#write(run.text);
    }
  }

  #singleQuoted(characters: string[], fold: boolean): void {
    this.#indicator("'", false);
    const kind = (c: string) => (c === ' ' ? 'space' : BREAKS.includes(c) ? 'break' : 'text');
    for (const run of runsOf(characters, kind)) {
      if (run.kind === 'break') {
        // One line break in a quoted text stands for a space, so there is one more of them.
        if (run.text.startsWith('\n')) this.#lineBreak('\n');
        for (const character of run.text) this.#lineBreak(character);
        this.#newLine();
      } else if (run.text === ' ' && this.#column > WIDTH && fold && !run.first && !run.last) this.#newLine();
      else this.#write(run.text.replaceAll("'", "''"));
    }
    this.#afterSpace = false;
    this.#atIndent = false;
    this.#indicator("'", false, false);
  }

  #doubleQuoted(characters: string[], fold: boolean): void {
    this.#indicator('"', false);
    let pending = '';
    const flush = () => {
      this.#write(pending);
      pending = '';
    };
    const last = characters.length - 1;
    for (const [i, character] of characters.entries()) {
      const isPlain = character >= ' ' && character <= '~' && character !== '"' && character !== '\\';
      if (!isPlain) {
        flush();
        this.#write(escaped(character));
      }
      // A line may be folded at a space, after an escape, and before the character that follows one.
      const place = isPlain ? character === ' ' || pending === '' : true;
      const width = this.#column + (isPlain ? pending.length : -1);
      if (i > 0 && i < last && place && fold && width > WIDTH) {
        flush();
        this.#write('\\');
        this.#newLine();
        this.#afterSpace = false;
        this.#atIndent = false;
        if ((isPlain ? character : characters[i + 1]) === ' ') this.#write('\\');
      }
      if (isPlain) pending += character;
    }
    flush();
    this.#indicator('"', false, false);
  }
}

function plainForm(value: null | boolean | bigint | number): string {
  if (typeof value !== 'number') return String(value);
  const text = pythonDecimal(value);
  return !text.includes('.') && text.includes('e') ? text.replace('e', '.0e') : text;
}

function escaped(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0)!;
  const hex = (width: number) => code.toString(16).toUpperCase().padStart(width, '0');
  return code <= 0xff ? `\\x${hex(2)}` : code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

function isSimpleKey(key: string): boolean {
  const characters = [...key];
  return characters.length > 0 && characters.length < SIMPLE_KEY_LENGTH && !characters.some((c) => BREAKS.includes(c));
}

/** Whether a text can stand without quotes, in single quotes, or only escaped. */
function styleOf(text: string, characters: string[], isKey: boolean): 'plain' | 'single' | 'double' {
  const multiline = characters.some((c) => BREAKS.includes(c));
  const special = characters.some((c) => c !== '\n' && !(c >= ' ' && c <= '~'));
  const spaceBeforeBreak = new RegExp(` [${BREAKS}]`).test(text);
  const spaceAfterBreak = new RegExp(`[${BREAKS}] `).test(text);
  if (special || spaceBeforeBreak) return 'double';
  const edges = /^[ \n]|[ \n]$/.test(text);
  const plainAllowed =
    resolvePlain(text) === 'str' && !edges && !multiline && !spaceAfterBreak && !hasIndicators(text, characters);
  if (plainAllowed) return 'plain';
  return spaceAfterBreak || (isKey && multiline) ? 'double' : 'single';
}

function hasIndicators(text: string, characters: string[]): boolean {
  if (text.startsWith('---') || text.startsWith('...')) return true;
  return characters.some((character, i) => {
    const next = characters[i + 1];
    const beforeSpace = next === undefined || SPACES.includes(next);
    if (i === 0) return '#,[]{}&*!|>\'"%@`'.includes(character) || ('?:-'.includes(character) && beforeSpace);
    return (character === ':' && beforeSpace) || (character === '#' && SPACES.includes(characters[i - 1]!));
  });
}

interface Run<K> {
  text: string;
  kind: K;
  first: boolean;
  last: boolean;
}

/** Cuts a text where the kind of its characters changes. */
function runsOf<K>(characters: string[], kindOf: (character: string) => K): Run<K>[] {
  const runs: Run<K>[] = [];
  for (const character of characters) {
    const kind = kindOf(character);
    const current = runs.at(-1);
    if (current && current.kind === kind) current.text += character;
    else runs.push({ text: character, kind, first: runs.length === 0, last: false });
  }
  const end = runs.at(-1);
  if (end) end.last = true;
  return runs;
}

/** Python's order of text, where JavaScript's own compares UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
