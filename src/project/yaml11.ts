import {
  type Alias,
  isAlias,
  isScalar,
  isSeq,
  Lexer,
  type ParsedNode,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { constructScalar, resolvePlain, ScalarProblem, type YamlScalar } from './yaml11-scalars.ts';

/** A value of a YAML 1.1 document with where it stands, as an offset into the text. */
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

/** Aliases make a small text stand for a huge tree; a recipe of 150 inputs has some 2,000 values. */
const MAX_VALUES = 200_000;
const MAX_CHARACTERS = 5_000_000;
const MAX_DEPTH = 100;

class Refusal extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Reads one document of YAML 1.1 as PyYAML's safe loader does, refusing what that refuses. */
export function readYaml11(text: string): YamlReading {
  try {
    if (text.length > MAX_CHARACTERS) {
      throw new Refusal(`the file is longer than ${MAX_CHARACTERS.toLocaleString('en-US')} characters`, 0);
    }
    refuseUnprintable(text);
    refuseTabs(text);
    const documents = parseAllDocuments(text, {
      schema: 'failsafe',
      version: '1.1',
      uniqueKeys: false,
      merge: false,
      logLevel: 'silent',
    });
    const [first, second] = Array.isArray(documents) ? documents : [];
    const error = first?.errors[0] ?? second?.errors[0];
    if (error) throw new Refusal(error.message.split(' at line ')[0]!, error.pos[0]);
    if (second) throw new Refusal('there is a second document in the file', second.range?.[0] ?? 0);
    const reader = new Reader();
    const contents = first?.contents as ParsedNode | null | undefined;
    return { node: contents ? reader.node(contents, 0) : undefined, repeatedKeys: reader.repeatedKeys };
  } catch (error) {
    if (error instanceof Refusal) return { problem: { message: error.message, offset: error.offset } };
    throw error;
  }
}

function refuseUnprintable(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: YAML allows no other control characters than these four
  const bad = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(text);
  if (bad) {
    const code = bad[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    throw new Refusal(`the character U+${code} is not allowed`, bad.index);
  }
}

/** PyYAML takes no tab as white space between tokens, where the YAML library takes some. */
function refuseTabs(text: string): void {
  if (!text.includes('\t')) return;
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    // The lexer puts marks of its own (document, scalar, end of flow) into the stream; they are not in the text.
    if (/^[\u0002\u0018\u001f\ufeff]$/.test(token) && text[offset] !== token) continue;
    if (/^[ \t]*\t[ \t]*$/.test(token)) {
      throw new Refusal('a tab stands between two tokens; use spaces', offset + token.indexOf('\t'));
    }
    offset += token.length;
  }
}

class Reader {
  readonly repeatedKeys: { key: string; offset: number }[] = [];
  readonly #anchors = new Map<string, ParsedNode>();
  readonly #open = new Set<ParsedNode>();
  #values = 0;

  node(node: ParsedNode | null, offset: number, depth = 0): YamlNode {
    if (++this.#values > MAX_VALUES) throw new Refusal('aliases make the document too large', offset);
    if (depth > MAX_DEPTH) throw new Refusal(`values are nested deeper than ${MAX_DEPTH} levels`, offset);
    if (node === null) return { kind: 'scalar', value: null, offset };
    const at = node.range?.[0] ?? offset;
    if (isAlias(node)) return this.#aliased(node, at, depth);
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor) {
      const before = this.#anchors.get(anchor);
      if (before && before !== node) throw new Refusal(`the anchor &${anchor} is there twice`, at);
      this.#anchors.set(anchor, node);
    }
    if (this.#open.has(node)) throw new Refusal('an alias stands inside what it refers to', at);
    this.#open.add(node);
    try {
      if (isScalar(node)) return { kind: 'scalar', value: scalarValue(node, at), offset: at };
      if (isSeq(node)) return this.#list(node, at, depth);
      return this.#map(node as YAMLMap.Parsed, at, depth);
    } finally {
      this.#open.delete(node);
    }
  }

  #aliased(alias: Alias.Parsed, at: number, depth: number): YamlNode {
    const target = this.#anchors.get(alias.source);
    if (!target) throw new Refusal(`the alias *${alias.source} refers to nothing before it`, at);
    return { ...this.node(target, at, depth), offset: at };
  }

  #list(node: YAMLSeq.Parsed, at: number, depth: number): YamlNode {
    const tag = shortTag(node.tag);
    if (tag !== undefined && !['seq', 'omap', 'pairs'].includes(tag)) throw unknownTag(node.tag!, at);
    const items = node.items.map((item) => this.node(item as ParsedNode, at, depth + 1));
    if (tag === undefined || tag === 'seq') return { kind: 'list', of: 'seq', items, offset: at };
    const pairs = items.map((item): YamlNode => {
      if (item.kind !== 'map' || item.entries.length !== 1) {
        throw new Refusal(`!!${tag} takes maps of one key`, item.offset);
      }
      const entry = item.entries[0]!;
      const key: YamlNode = { kind: 'scalar', value: entry.key, offset: entry.keyOffset };
      return { kind: 'list', of: 'seq', items: [key, entry.value], offset: item.offset };
    });
    return { kind: 'list', of: 'pairs', items: pairs, offset: at };
  }

  #map(node: YAMLMap.Parsed, at: number, depth: number): YamlNode {
    const tag = shortTag(node.tag);
    if (tag !== undefined && tag !== 'map' && tag !== 'set') throw unknownTag(node.tag!, at);
    const merged = new Entries();
    const own = new Entries();
    for (const pair of node.items) {
      const keyNode = pair.key as ParsedNode;
      if (isMergeKey(keyNode)) {
        for (const entry of this.#mergedEntries(pair.value as ParsedNode | null, depth)) merged.set(entry);
        continue;
      }
      const key = this.node(keyNode, at, depth + 1);
      if (key.kind !== 'scalar') throw new Refusal('a key must be a single value, not a list or a map', key.offset);
      const value = this.node(pair.value as ParsedNode | null, key.offset, depth + 1);
      if (own.set({ key: key.value, keyOffset: key.offset, value })) {
        this.repeatedKeys.push({ key: String(isScalar(keyNode) ? keyNode.value : key.value), offset: key.offset });
      }
    }
    // Merged entries come first, and the map's own override them.
    for (const entry of own.list) merged.set(entry);
    if (tag === 'set') {
      const items = merged.list.map(
        ({ key, keyOffset }): YamlNode => ({ kind: 'scalar', value: key, offset: keyOffset }),
      );
      return { kind: 'list', of: 'set', items, offset: at };
    }
    return { kind: 'map', entries: merged.list, offset: at };
  }

  /** Of a list of maps the earlier ones win, so they are laid over the later ones. */
  #mergedEntries(value: ParsedNode | null, depth: number): YamlEntry[] {
    const node = this.node(value, 0, depth + 1);
    const maps = node.kind === 'list' && node.of === 'seq' ? [...node.items].reverse() : [node];
    return maps.flatMap((map) => {
      if (map.kind !== 'map') throw new Refusal('<< takes a map or a list of maps', map.offset);
      return map.entries;
    });
  }
}

/** Entries by key, as a Python dict keeps them: `1`, `1.0` and `true` are one key. */
class Entries {
  readonly #byKey = new Map<string, YamlEntry>();

  /** Whether the key was there before. */
  set(entry: YamlEntry): boolean {
    const identity = keyIdentity(entry.key);
    const before = this.#byKey.get(identity);
    if (before) before.value = entry.value;
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

function isMergeKey(node: ParsedNode | null): boolean {
  return isScalar(node) && node.type === Scalar.PLAIN && !node.tag && resolvePlain(node.source ?? '') === 'merge';
}

function scalarValue(node: Scalar.Parsed, offset: number): YamlScalar {
  try {
    return constructScalar(String(node.value ?? ''), node.type === Scalar.PLAIN, node.tag);
  } catch (error) {
    if (error instanceof ScalarProblem) throw new Refusal(error.message, offset);
    throw error;
  }
}

function shortTag(tag: string | undefined): string | undefined {
  return tag === undefined || tag === '!' ? undefined : tag.replace(/^tag:yaml\.org,2002:/, '');
}

function unknownTag(tag: string, offset: number): Refusal {
  return new Refusal(`the tag ${tag} is not known here`, offset);
}
