/**
 * Cuts JSON text into the texts of its parts, so that values can be passed on exactly as they were written: `1.0` stays
 * a real number and an integer above 2^53 keeps its digits, both of which JSON.parse would lose.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

interface MemberSlice {
  key: string;
  /** The value's text. */
  value: string;
}

class Scanner {
  readonly text: string;
  at: number;

  constructor(text: string) {
    this.text = text;
    this.at = 0;
  }

  fail(): never {
    throw new SyntaxError(
      `JSON is broken at character ${this.at}: ${JSON.stringify(this.text.slice(this.at, this.at + 20))}`,
    );
  }

  /** The next character that is no white space, as a code. */
  peek(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.at++;
    }
  }

  take(character: string): void {
    if (this.peek() !== character.charCodeAt(0)) this.fail();
    this.at++;
  }

  string(): string {
    this.peek();
    const start = this.at;
    this.skipString();
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  skipString(): void {
    const { text } = this;
    if (text.charCodeAt(this.at) !== QUOTE) this.fail();
    for (let i = this.at + 1; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) {
        this.at = i + 1;
        return;
      }
    }
    this.fail();
  }

  /** Passes over one value of any kind. Whether its inside is sound shows when it is read. */
  value(): string {
    const first = this.peek();
    const start = this.at;
    if (first === QUOTE) this.skipString();
    else if (first === 0x7b || first === 0x5b) this.skipNested();
    else {
      while (this.at < this.text.length && !/[,\]}\s]/.test(this.text[this.at] ?? '')) this.at++;
      if (
        !/^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?Infinity)$/.test(this.text.slice(start, this.at))
      )
        this.fail();
    }
    return this.text.slice(start, this.at);
  }

  skipNested(): void {
    let depth = 0;
    while (this.at < this.text.length) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) {
        this.skipString();
        continue;
      }
      if (code === 0x7b || code === 0x5b) depth++;
      else if (code === 0x7d || code === 0x5d) depth--;
      this.at++;
      if (depth === 0) return;
    }
    this.fail();
  }

  /** The parts between an opening and a closing character, separated by commas. */
  *parts<T>(open: string, close: string, part: () => T): Generator<T> {
    this.take(open);
    if (this.peek() === close.charCodeAt(0)) {
      this.at++;
      return;
    }
    for (;;) {
      yield part();
      if (this.peek() === close.charCodeAt(0)) {
        this.at++;
        return;
      }
      this.take(',');
    }
  }
}

/** @throws SyntaxError when the text is no JSON object */
export function membersOf(object: string): MemberSlice[] {
  const scanner = new Scanner(object);
  return [
    ...scanner.parts('{', '}', () => {
      const key = scanner.string();
      scanner.take(':');
      return { key, value: scanner.value() };
    }),
  ];
}

/** @throws SyntaxError when the text is no JSON array */
export function elementsOf(array: string): string[] {
  const scanner = new Scanner(array);
  return [...scanner.parts('[', ']', () => scanner.value())];
}
