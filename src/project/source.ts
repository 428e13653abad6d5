import { closest } from '../suggest.ts';
import { checkArguments } from './argument-fields.ts';
import { describe, type Field, INVALID, refuse, text } from './fields.ts';
import { type JsonObject, nodeToJson } from './json-values.ts';
import type { Source } from './project.ts';
import { KEY_NAMES, keyNameOf } from './vocabulary/source.ts';
import { isSourceType, SOURCE_TYPES, SOURCES } from './vocabulary/sources.ts';

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
  if (!isSourceType(type)) {
    const message = `there is no source type ${JSON.stringify(type)}`;
    return refuse(
      reading,
      [...at, 'type'],
      typeNode!,
      'unknown_source',
      message,
      closest(type, SOURCE_TYPES),
      SOURCE_TYPES,
    );
  }
  const given = {
    node,
    offset: typeNode!.offset,
    owner: `the source ${type}`,
    exempt: keyName ? [...NO_ARGUMENTS, keyName] : NO_ARGUMENTS,
  };
  const fits = checkArguments(SOURCES[type], given, at, reading);
  if (!fits || key === INVALID) return INVALID;
  return { type, key, arguments: nodeToJson(node) as JsonObject };
};

/** The arguments of a source but its type and its key, whatever name that has. */
export function otherArguments(source: Source): Record<string, unknown> {
  const keyName = keyNameOf((name) => Object.hasOwn(source.arguments, name));
  return Object.fromEntries(Object.entries(source.arguments).filter(([name]) => name !== 'type' && name !== keyName));
}
