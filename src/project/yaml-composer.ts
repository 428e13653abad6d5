import {
  type AliasEvent,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import type { YamlEntry, YamlNode } from './yaml.ts';
import { YamlRefusal, type YamlSource } from './yaml-source.ts';
import { constructScalar, ScalarProblem, type YamlScalar } from './yaml11-scalars.ts';

/** Aliases make a small text stand for a huge tree; a recipe of 150 inputs has some 2,000 values. */
const MAX_VALUES = 200_000;
const TAG_PREFIX = 'tag:yaml.org,2002:';
/** Most plain scalars are words; only what begins like this can be anything else. */
const MAY_BE_SPECIAL = /^[-+.0-9~yYnNtTfFoO<=]/;

interface Composed {
  node: YamlNode;
  /** How many values it holds, itself included, aliases expanded. */
  size: number;
  isMergeKey?: boolean;
}

type ContentEvent = ScalarEvent | SequenceEvent | MappingEvent;

/** Turns the parser's events into nodes, by PyYAML's rules. Its methods throw YamlRefusal. */
export class YamlComposer {
  readonly repeatedKeys: { key: string; offset: number }[] = [];
  readonly #events: Event[];
  readonly #source: YamlSource;
  /** Undefined while the anchored value is still being read. */
  readonly #anchors = new Map<string, Composed | undefined>();
  #next = 1;

  constructor(events: Event[], source: YamlSource) {
    this.#events = events;
    this.#source = source;
  }

  document(): YamlNode | undefined {
    if (this.#events.length === 0) return undefined;
    const root = this.#compose(0);
    const second = this.#events.findIndex((event, index) => index > 0 && event.type === EVENT_ID.DOCUMENT);
    if (second > 0)
      throw new YamlRefusal('there is a second document in the file', this.#offsetOf(this.#events[second + 1], 0));
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
    if (this.#anchors.has(name)) throw new YamlRefusal(`the anchor &${name} is there twice`, offset);
    this.#anchors.set(name, undefined);
    const made = make();
    this.#anchors.set(name, made);
    return made;
  }

  #aliased(event: AliasEvent, offset: number): Composed {
    const name = this.#source.text.slice(event.anchorStart, event.anchorEnd);
    if (!this.#anchors.has(name)) throw new YamlRefusal(`the alias *${name} refers to nothing before it`, offset);
    const target = this.#anchors.get(name);
    if (!target) throw new YamlRefusal('an alias stands inside what it refers to', offset);
    return { node: { ...target.node, offset }, size: target.size };
  }

  #bounded(node: YamlNode, size: number): Composed {
    if (size > MAX_VALUES) throw new YamlRefusal('aliases make the document too large', node.offset);
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
    const text = this.#textOf(event);
    const plain = event.style === SCALAR_STYLE.PLAIN;
    if (plain && text.includes('\t')) throw new YamlRefusal('a tab stands in an unquoted value; quote it', offset);
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
      if (error instanceof ScalarProblem) throw new YamlRefusal(error.message, offset);
      throw error;
    }
  }

  #textOf(event: ScalarEvent): string {
    const text = getScalarValue(this.#source.text, event);
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
    // PyYAML gives a block that ends with the file, without a line break there, none either.
    const endsFile = isBlock && event.valueEnd >= this.#source.text.length && !/[\r\n]$/.test(this.#source.text);
    return endsFile ? text.replace(/\n$/, '') : text;
  }

  #list(event: SequenceEvent, offset: number): Composed {
    const tag = this.#tag(event) ?? 'seq';
    if (!['seq', 'omap', 'pairs', '!'].includes(tag)) throw new YamlRefusal(`the tag ${tag} is not known here`, offset);
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
      if (!entry) throw new YamlRefusal(`!!${tag} takes maps of one key`, item.offset);
      const key: YamlNode = { kind: 'scalar', value: entry.key, offset: entry.keyOffset };
      return { kind: 'list', of: 'seq', items: [key, entry.value], offset: item.offset };
    });
    return this.#bounded({ kind: 'list', of: 'pairs', items: pairs, offset }, size);
  }

  #map(event: MappingEvent, offset: number): Composed {
    const tag = this.#tag(event) ?? 'map';
    if (!['map', 'set', '!'].includes(tag)) throw new YamlRefusal(`the tag ${tag} is not known here`, offset);
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
        throw new YamlRefusal('a key must be a single value, not a list or a map', key.node.offset);
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
    if (map.kind !== 'map') throw new YamlRefusal('<< takes a map or a list of maps', map.offset);
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
