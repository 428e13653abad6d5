/** Where a text stops being JSON. */
interface JsonFault {
  /** In characters, from 0. */
  at: number;
  kind: 'end' | 'more' | 'token';
  /** What would have to stand there. */
  expected: string;
}

const BLANK = /[ \t\n\r]*/y;
/** What stands in a string as it is: control characters do not. */
const PLAIN = `[^"\\\\${'\\'}u0000-${'\\'}u001f]*`;
const UNFINISHED = `"${PLAIN}(?:\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4})${PLAIN})*`;
const STRING = new RegExp(`${UNFINISHED}"`, 'y');
/** Python's readers take the numbers in words too. */
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity)(?![\w.+-])/y;

/**
 * The first place where a text is no JSON; undefined where it is. The language's own reader does not tell. Takes time in
 * proportion to the text, and no call within a call.
 */
export function jsonFault(text: string): JsonFault | undefined {
  let at = 0;
  const takes = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const fault = (expected: string): JsonFault => ({ at, kind: at >= text.length ? 'end' : 'token', expected });
  const open: ('{' | '[')[] = [];
  let wants: 'value' | 'first' | 'key' | 'firstKey' | 'next' = 'value';
  for (;;) {
    takes(BLANK);
    const character = text[at];
    const inside = open.at(-1);
    if (wants === 'next') {
      if (inside === undefined) return at < text.length ? { at, kind: 'more', expected: 'nothing more' } : undefined;
      const end = inside === '{' ? '}' : ']';
      if (character !== ',' && character !== end) return fault(`“,” or “${end}”`);
      at++;
      if (character === end) open.pop();
      else wants = inside === '{' ? 'key' : 'value';
    } else if (wants === 'key' || wants === 'firstKey') {
      if (wants === 'firstKey' && character === '}') {
        at++;
        open.pop();
        wants = 'next';
        continue;
      }
      if (!takes(STRING)) return character === '"' ? unsound(text, at) : fault('a name in double quotes');
      takes(BLANK);
      if (text[at] !== ':') return fault('“:”');
      at++;
      wants = 'value';
    } else if (wants === 'first' && character === ']') {
      at++;
      open.pop();
      wants = 'next';
    } else if (character === '{' || character === '[') {
      open.push(character);
      at++;
      wants = character === '{' ? 'firstKey' : 'first';
    } else {
      if (!takes(character === '"' ? STRING : SCALAR)) return character === '"' ? unsound(text, at) : fault('a value');
      wants = 'next';
    }
  }
}

/** A string that is not closed, or holds what must be escaped. */
function unsound(text: string, start: number): JsonFault {
  const inside = new RegExp(UNFINISHED, 'y');
  inside.lastIndex = start;
  inside.test(text);
  const at = inside.lastIndex;
  const kind = at >= text.length ? 'end' : 'token';
  const expected = kind === 'end' ? 'the end of a text' : 'a text that escapes line ends, tabs and backslashes';
  return { at, kind, expected };
}
