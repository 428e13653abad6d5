import {
  type AliasEvent,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml';
import { constructScalar, ScalarProblem, type YamlScalar } from './yaml11-scalars.ts';

/** A value of a YAML document with where it stands, as a character offset into the text. */
export type YamlNode = YamlScalarNode | YamlListNode | YamlMapNode;

export interface YamlScalarNode {
  kind: 'scalar';
  value: YamlScalar;
  offset: number;
}

export interface YamlListNode {
  kind: 'list';
  /** `!!set` and `!!omap` are not lists to Python; what is made of them later differs. */
  of: 'seq' | 'set' | 'pairs';
  items: YamlNode[];
  offset: number;
}

export interface YamlMapNode {
  kind: 'map';
  /** One entry a key: a repeated key keeps its first place and its last value. */
  entries: YamlEntry[];
  offset: number;
}

export interface YamlEntry {
  key: YamlScalar;
  keyOffset: number;
  value: YamlNode;
}

export interface YamlProblem {
  message: string;
  offset: number;
}

/** `node` is undefined for a document without content. */
export type YamlReading =
  | { node: YamlNode | undefined; repeatedKeys: { key: string; offset: number }[]; problem?: undefined }
  | { problem: YamlProblem };

const MAX_CHARACTERS = 5_000_000;
/** Aliases make a small text stand for a huge tree; a recipe of 150 inputs has some 2,000 values. */
const MAX_VALUES = 200_000;
const MAX_DEPTH = 100;
const MAX_REPAIRS = 200;
const INDENT_WIDTH = 80;
const TAG_PREFIX = 'tag:yaml.org,2002:';
/** YAML allows no other control characters than tab, line feed, carriage return and next line. */
const UNPRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** Most plain scalars are words; only what begins like this can be anything else. */
const MAY_BE_SPECIAL = /^[-+.0-9~yYnNtTfFoO<=]/;

class Refusal extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Reads one document of YAML 1.1 as PyYAML's safe loader does, which is what templates and recipes were written for.
 * A key that is there twice is no error; the last one counts.
 */
export function readYaml(text: string): YamlReading {
  try {
    refuseStrangeText(text);
    const { events, source } = eventsOf(text);
    const composer = new Composer(events, source);
    return { node: composer.document(), repeatedKeys: composer.repeatedKeys };
  } catch (error) {
    if (error instanceof Refusal) return { problem: { message: error.message, offset: error.offset } };
    throw error;
  }
}

function refuseStrangeText(text: string): void {
  if (text.length > MAX_CHARACTERS) {
    throw new Refusal(`the file is longer than ${MAX_CHARACTERS.toLocaleString('en-US')} characters`, 0);
  }
  const bad = UNPRINTABLE.exec(text);
  if (bad) {
    const code = bad[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    throw new Refusal(`the character U+${code} is not allowed`, bad.index);
  }
}

/**
 * The parser follows YAML 1.2, which wants the later lines of a `{…}`, `[…]` or quoted text indented deeper than their
 * key; PyYAML does not, and real templates close a brace below its key. Such a line is pushed in and the text read
 * again: white space has no meaning there.
 */
function eventsOf(text: string): { events: Event[]; source: Source } {
  const source = new Source(text);
  for (let repairs = 0; ; repairs++) {
    try {
      return { events: parseEvents(source.text, { maxDepth: MAX_DEPTH }), source };
    } catch (error) {
      if (!(error instanceof YAMLException) || error.mark === undefined) throw error;
      const { position } = error.mark;
      const atEnd = position >= source.text.trimEnd().length;
      if (error.reason !== 'deficient indentation' || atEnd || repairs === MAX_REPAIRS) {
        const message = atEnd ? 'something is never closed: a bracket, a brace or a quotation mark' : error.reason;
        throw new Refusal(message, source.original(position));
      }
      source.indent(position);
    }
  }
}

/** The text that is parsed, and the way back from its offsets to those of the file. */
class Source {
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

interface Composed {
  node: YamlNode;
  /** How many values it holds, itself included, aliases expanded. */
  size: number;
  isMergeKey?: boolean;
}

type ContentEvent = ScalarEvent | SequenceEvent | MappingEvent;

/** Turns the parser's events into nodes, by PyYAML's rules. */
class Composer {
  readonly repeatedKeys: { key: string; offset: number }[] = [];
  readonly #events: Event[];
  readonly #source: Source;
  /** Undefined while the anchored value is still being read. */
  readonly #anchors = new Map<string, Composed | undefined>();
  #next = 1;

  constructor(events: Event[], source: Source) {
    this.#events = events;
    this.#source = source;
  }

  document(): YamlNode | undefined {
    if (this.#events.length === 0) return undefined;
    const root = this.#compose(0);
    const second = this.#events.findIndex((event, index) => index > 0 && event.type === EVENT_ID.DOCUMENT);
    if (second > 0)
      throw new Refusal('there is a second document in the file', this.#offsetOf(this.#events[second + 1], 0));
    return root.node;
  }

  #offsetOf(event: Event | undefined, near: number): number {
    switch (event?.type) {
      case EVENT_ID.ALIAS:
        return this.#source.original(event.anchorStart - 1);
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING:
        return this.#source.original(event.start);
      case EVENT_ID.SCALAR: {
        if (event.valueStart < 0) return near;
        const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
        return this.#source.original(event.valueStart - (quoted ? 1 : 0));
      }
      default:
        return near;
    }
  }

  /** `near` is where an empty value is said to stand. */
  #compose(near: number): Composed {
    const event = this.#events[this.#next++];
    const offset = this.#offsetOf(event, near);
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, offset, () => this.#scalar(event, offset));
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, offset, () => this.#list(event, offset));
      case EVENT_ID.MAPPING:
        return this.#anchored(event, offset, () => this.#map(event, offset));
      case EVENT_ID.ALIAS:
        return this.#aliased(event, offset);
      default:
        return { node: { kind: 'scalar', value: null, offset }, size: 1 };
    }
  }

  #anchored(event: ContentEvent, offset: number, make: () => Composed): Composed {
    if (event.anchorStart < 0) return make();
    const name = this.#source.text.slice(event.anchorStart, event.anchorEnd);
    if (this.#anchors.has(name)) throw new Refusal(`the anchor &${name} is there twice`, offset);
    this.#anchors.set(name, undefined);
    const made = make();
    this.#anchors.set(name, made);
    return made;
  }

  #aliased(event: AliasEvent, offset: number): Composed {
    const name = this.#source.text.slice(event.anchorStart, event.anchorEnd);
    if (!this.#anchors.has(name)) throw new Refusal(`the alias *${name} refers to nothing before it`, offset);
    const target = this.#anchors.get(name);
    if (!target) throw new Refusal('an alias stands inside what it refers to', offset);
    return { node: { ...target.node, offset }, size: target.size };
  }

  #bounded(node: YamlNode, size: number): Composed {
    if (size > MAX_VALUES) throw new Refusal('aliases make the document too large', node.offset);
    return { node, size };
  }

  /** The tag without its standard prefix; undefined when there is none. */
  #tag(event: ContentEvent): string | undefined {
    if (event.tagStart < 0) return undefined;
    const written = this.#source.text.slice(event.tagStart, event.tagEnd);
    const name = written.replace(/^!<(.*)>$/, '$1').replace(/^!!/, TAG_PREFIX);
    return name.startsWith(TAG_PREFIX) ? name.slice(TAG_PREFIX.length) : name;
  }

  #scalar(event: ScalarEvent, offset: number): Composed {
    const text = getScalarValue(this.#source.text, event);
    const plain = event.style === SCALAR_STYLE.PLAIN;
    const tag = this.#tag(event);
    if (plain && tag === undefined && text !== '' && !MAY_BE_SPECIAL.test(text)) {
      return { node: { kind: 'scalar', value: text, offset }, size: 1 };
    }
    if (plain && tag === undefined && text === '<<') {
      return { node: { kind: 'scalar', value: text, offset }, size: 1, isMergeKey: true };
    }
    try {
      const full = tag === undefined || tag.startsWith('!') ? tag : TAG_PREFIX + tag;
      return { node: { kind: 'scalar', value: constructScalar(text, plain, full), offset }, size: 1 };
    } catch (error) {
      if (error instanceof ScalarProblem) throw new Refusal(error.message, offset);
      throw error;
    }
  }

  #list(event: SequenceEvent, offset: number): Composed {
    const tag = this.#tag(event) ?? 'seq';
    if (!['seq', 'omap', 'pairs', '!'].includes(tag)) throw new Refusal(`the tag ${tag} is not known here`, offset);
    const items: YamlNode[] = [];
    let size = 1;
    while (this.#events[this.#next]?.type !== EVENT_ID.POP) {
      const item = this.#compose(offset);
      items.push(item.node);
      size += item.size;
    }
    this.#next++;
    if (tag === 'seq' || tag === '!') return this.#bounded({ kind: 'list', of: 'seq', items, offset }, size);
    const pairs = items.map((item): YamlNode => {
      const entry = item.kind === 'map' && item.entries.length === 1 ? item.entries[0] : undefined;
      if (!entry) throw new Refusal(`!!${tag} takes maps of one key`, item.offset);
      const key: YamlNode = { kind: 'scalar', value: entry.key, offset: entry.keyOffset };
      return { kind: 'list', of: 'seq', items: [key, entry.value], offset: item.offset };
    });
    return this.#bounded({ kind: 'list', of: 'pairs', items: pairs, offset }, size);
  }

  #map(event: MappingEvent, offset: number): Composed {
    const tag = this.#tag(event) ?? 'map';
    if (!['map', 'set', '!'].includes(tag)) throw new Refusal(`the tag ${tag} is not known here`, offset);
    const merged = new Entries();
    const own = new Entries();
    let size = 1;
    while (this.#events[this.#next]?.type !== EVENT_ID.POP) {
      const key = this.#compose(offset);
      const value = this.#compose(key.node.offset);
      size += value.size;
      if (key.isMergeKey) {
        for (const entry of mergedEntries(value.node)) merged.set(entry);
        continue;
      }
      if (key.node.kind !== 'scalar') {
        throw new Refusal('a key must be a single value, not a list or a map', key.node.offset);
      }
      if (own.set({ key: key.node.value, keyOffset: key.node.offset, value: value.node })) {
        this.repeatedKeys.push({ key: String(key.node.value), offset: key.node.offset });
      }
    }
    this.#next++;
    // Merged entries come first, and the map's own override them.
    for (const entry of own.list) merged.set(entry);
    if (tag !== 'set') return this.#bounded({ kind: 'map', entries: merged.list, offset }, size);
    const items = merged.list.map((entry): YamlNode => ({ kind: 'scalar', value: entry.key, offset: entry.keyOffset }));
    return this.#bounded({ kind: 'list', of: 'set', items, offset }, size);
  }
}

/** Of a list of maps the earlier ones win, so they are laid over the later ones. */
function mergedEntries(node: YamlNode): YamlEntry[] {
  const maps = node.kind === 'list' && node.of === 'seq' ? node.items.toReversed() : [node];
  return maps.flatMap((map) => {
    if (map.kind !== 'map') throw new Refusal('<< takes a map or a list of maps', map.offset);
    return map.entries;
  });
}

/** Entries by key, as a Python dict keeps them: `1`, `1.0` and `true` are one key. */
class Entries {
  readonly #byKey = new Map<string, YamlEntry>();

  /** Whether the key was there before. */
  set(entry: YamlEntry): boolean {
    const identity = keyIdentity(entry.key);
    const before = this.#byKey.get(identity);
    if (before) Object.assign(before, { keyOffset: entry.keyOffset, value: entry.value });
    else this.#byKey.set(identity, { ...entry });
    return before !== undefined;
  }

  get list(): YamlEntry[] {
    return [...this.#byKey.values()];
  }
}

function keyIdentity(key: YamlScalar): string {
  if (key === null) return 'null';
  if (typeof key === 'string') return `text ${key}`;
  if (typeof key === 'object') return key instanceof Uint8Array ? `bytes ${key.join()}` : `time ${key.iso}`;
  return `number ${Number(key)}`;
}
