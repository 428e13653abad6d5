import type { Plain } from './fields.ts';
import type { YamlNode } from './yaml.ts';
import { pythonDecimal, type YamlScalar } from './yaml11-scalars.ts';

/** What JSON can hold; the engine works from a JSON copy of the definition. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

function scalarToJson(value: YamlScalar): Json {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value.iso;
}

/** A key as Python's `json` writes it. */
function keyToJson(key: YamlScalar): string {
  if (typeof key === 'number') return pythonDecimal(key);
  return key === null ? 'null' : String(scalarToJson(key));
}

/** Dates become ISO text and keys become text, as on the way through JSON. */
export function nodeToJson(node: YamlNode): Json {
  if (node.kind === 'scalar') return scalarToJson(node.value);
  if (node.kind === 'list') return node.items.map(nodeToJson);
  return Object.fromEntries(node.entries.map((entry) => [keyToJson(entry.key), nodeToJson(entry.value)]));
}

export function plainToJson(value: Plain): Json {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plainToJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plainToJson(item)]));
  return value;
}

/** Python's truth: null, false, empty text, an empty list and an empty map are falsy. Zero is too, but stays in files. */
export function isDroppedFromFiles(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
