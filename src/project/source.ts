import { closest } from '../suggest.ts';
import { checkArguments } from './argument-fields.ts';
import { describe, type Field, INVALID, refuse, text } from './fields.ts';
import { type JsonObject, nodeToJson } from './json-values.ts';
import type { Source } from './project.ts';
import { SOURCE_SIGNATURES } from './vocabulary/sources.ts';

/** A source's key may stand under any of these; the first one that is there counts. */
export const KEY_NAMES = ['key', 'path', 'url', 'endpoint', 'name', 'uid', 'dataset', 'product'] as const;
/** Said elsewhere, or set by the engine itself. */
const NO_ARGUMENTS = ['type', 'version', 'destination_path'];

/** `source`: its type decides which arguments it takes. */
export const source: Field<Source> = (node, at, reading) => {
  if (node.kind !== 'map') return refuse(reading, at, node, 'model_type', `expected a map, found ${describe(node)}`);
  const find = (key: string) => node.entries.find((entry) => entry.key === key)?.value;
  const typeNode = find('type');
  const type = typeNode
    ? text(typeNode, [...at, 'type'], reading)
    : refuse(reading, [...at, 'type'], node, 'missing', 'the field `type` is missing');
  const keyName = keyNameOf((name) => find(name) !== undefined);
  const key = keyName
    ? text(find(keyName)!, [...at, keyName], reading)
    : refuse(reading, [...at, 'key'], node, 'missing', `a source needs a key, under one of ${KEY_NAMES.join(', ')}`);
  if (type === INVALID) return INVALID;
  const signature = Object.hasOwn(SOURCE_SIGNATURES, type) ? SOURCE_SIGNATURES[type] : undefined;
  if (!signature) {
    const message = `there is no source type ${JSON.stringify(type)}`;
    const names = Object.keys(SOURCE_SIGNATURES);
    return refuse(reading, [...at, 'type'], typeNode!, 'unknown_source', message, closest(type, names), names);
  }
  const given = {
    node,
    offset: typeNode!.offset,
    owner: `the source ${type}`,
    exempt: keyName ? [...NO_ARGUMENTS, keyName] : NO_ARGUMENTS,
  };
  const fits = checkArguments(signature, given, at, reading);
  if (!fits || key === INVALID) return INVALID;
  return { type, key, arguments: nodeToJson(node) as JsonObject };
};

/** The name under which a source has its key, given which names are there. */
export function keyNameOf(has: (name: string) => boolean): string | undefined {
  return KEY_NAMES.find(has);
}
