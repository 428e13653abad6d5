import { EVENT_ID, type Event, parseEvents, YAMLException } from 'js-yaml';

const MAX_CHARACTERS = 5_000_000;
const MAX_DEPTH = 100;
const MAX_REPAIRS = 200;
const INDENT_WIDTH = 80;
/** YAML allows no other control characters than tab, line feed, carriage return and next line. */
const UNPRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Why a text is no YAML document that can be read here. */
export class YamlRefusal extends Error {
  /** Character offset in the text of the file. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** @throws YamlRefusal */
export function refuseStrangeText(text: string): void {
  if (text.length > MAX_CHARACTERS) {
    throw new YamlRefusal(`the file is longer than ${MAX_CHARACTERS.toLocaleString('en-US')} characters`, 0);
  }
  const bad = UNPRINTABLE.exec(text);
  if (bad) {
    const code = bad[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    throw new YamlRefusal(`the character U+${code} is not allowed`, bad.index);
  }
}

/**
 * The parser follows YAML 1.2, which wants the later lines of a `{…}`, `[…]` or quoted text indented deeper than their
 * key; PyYAML does not, and real templates close a brace below its key. Such a line is pushed in and the text read
 * again: white space has no meaning there.
 *
 * @throws YamlRefusal
 */
export function eventsOf(text: string): { events: Event[]; source: YamlSource } {
  const source = new YamlSource(text);
  for (let repairs = 0; ; repairs++) {
    try {
      const events = parseEvents(source.text, { maxDepth: MAX_DEPTH });
      if (source.text.includes('\t')) refuseTabs(events, source);
      return { events, source };
    } catch (error) {
      if (!(error instanceof YAMLException) || error.mark === undefined) throw error;
      const { position } = error.mark;
      const atEnd = position >= source.text.trimEnd().length;
      if (error.reason !== 'deficient indentation' || atEnd || repairs === MAX_REPAIRS) {
        const message = atEnd ? 'something is never closed: a bracket, a brace or a quotation mark' : error.reason;
        throw new YamlRefusal(message, source.original(position));
      }
      source.indent(position);
    }
  }
}

/** The text that is parsed, and the way back from its offsets to those of the file. */
export class YamlSource {
  text: string;
  readonly #inserted: number[] = [];

  constructor(text: string) {
    this.text = text;
  }

  /** Pushes in the line that holds `position`. */
  indent(position: number): void {
    const lineStart = this.text.lastIndexOf('\n', position - 1) + 1;
    this.text = `${this.text.slice(0, lineStart)}${' '.repeat(INDENT_WIDTH)}${this.text.slice(lineStart)}`;
    this.#inserted.push(lineStart);
  }

  original(offset: number): number {
    let at = offset;
    for (const start of this.#inserted.toReversed()) if (at > start) at = Math.max(start, at - INDENT_WIDTH);
    return at;
  }
}

/** PyYAML takes no tab as white space between tokens, where this parser takes some. */
function refuseTabs(events: readonly Event[], source: YamlSource): void {
  let from = 0;
  const refuseBefore = (end: number) => {
    // What follows a `#` up to the end of its line is a comment.
    const between = source.text.slice(from, end).replace(/(^|\s)#.*/g, (comment) => ' '.repeat(comment.length));
    const tab = between.indexOf('\t');
    if (tab >= 0) throw new YamlRefusal('a tab stands between two values; use spaces', source.original(from + tab));
  };
  for (const event of events) {
    if (event.type !== EVENT_ID.SCALAR || event.valueStart < 0) continue;
    refuseBefore(event.valueStart);
    from = event.valueEnd;
  }
  refuseBefore(source.text.length);
}
