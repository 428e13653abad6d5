import { closest } from '../suggest.ts';
import { describe, type Field, INVALID, type Reading, refuse, taking } from './fields.ts';
import type { ArgumentType, Signature } from './vocabulary/argument-types.ts';
import type { YamlEntry, YamlMapNode, YamlNode } from './yaml.ts';

type Location = readonly (string | number)[];

/**
 * Puts every violation of a signature on the reading's list. `given` says what the arguments belong to; `exempt` names
 * keys of the map that are no arguments. Returns whether there was none.
 */
export function checkArguments(
  signature: Signature,
  given: { node: YamlMapNode | undefined; offset: number; owner: string; exempt?: readonly string[] },
  at: Location,
  reading: Reading,
): boolean {
  const { owner, exempt = [] } = given;
  const entries = new Map<unknown, YamlEntry>((given.node?.entries ?? []).map((entry) => [entry.key, entry]));
  const names = Object.keys(signature.arguments);
  const before = reading.issues.length;
  for (const [name, { required, type }] of Object.entries(signature.arguments)) {
    if (!required || entries.has(name) || exempt.includes(name)) continue;
    refuse(reading, [...at, name], given, 'missing', `${owner} needs the argument \`${name}\` (${type.name})`);
  }
  for (const [key, entry] of entries) {
    if (typeof key === 'string' && exempt.includes(key)) continue;
    const taken = typeof key === 'string' && Object.hasOwn(signature.arguments, key);
    const type = taken ? signature.arguments[key]!.type : undefined;
    if (type && !type.accepts(entry.value)) {
      const message = `expected ${type.name}, found ${detail(entry.value, type)}`;
      refuse(reading, [...at, String(key)], entry.value, 'argument_type', message, nearWord(type, entry.value));
    }
    const problem = type?.accepts(entry.value) ? type.problem?.(entry.value) : undefined;
    if (problem) {
      refuse(reading, [...at, String(key)], entry.value, 'unknown_crs', problem.message, problem.suggestion);
    }
    if (type || signature.others === 'pass on') continue;
    const list = signature.others === 'refuse' ? reading : { issues: reading.dropped, dropped: [] };
    const tail = signature.others === 'refuse' ? '' : '; it is ignored';
    const takes = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`;
    const message = `${owner} has no argument \`${String(key)}\`${tail} (${takes})`;
    const near = typeof key === 'string' ? closest(key, names) : undefined;
    refuse(list, [...at, String(key)], { offset: entry.keyOffset }, 'extra_forbidden', message, near);
  }
  return reading.issues.length === before;
}

function nearWord(type: ArgumentType, node: YamlNode): string | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
  return closest(node.value, type.name.split(/one of |, | or /).filter(Boolean));
}

/** Says of a list or a map which of its values is at odds. */
function detail(node: YamlNode, type: ArgumentType): string {
  const odd = (value: YamlNode) => type.item?.accepts(value) === false;
  if (node.kind === 'list') {
    const value = node.items.find(odd);
    return value ? `a list that holds ${describe(value)}` : 'a list';
  }
  if (node.kind === 'map') {
    const entry = node.entries.find((each) => typeof each.key !== 'string' || odd(each.value));
    return entry ? `a map that holds ${String(entry.key)}: ${describe(entry.value)}` : 'a map';
  }
  return describe(node);
}

/** One of several fields; `name` says in words what is asked for. */
export function oneOfFields<T>(name: string, ...fields: readonly Field<T>[]): Field<T> {
  return taking({ words: name }, (node, at, reading) => {
    for (const field of fields) {
      const value = field(node, at, { issues: [], dropped: [] });
      if (value !== INVALID) return value;
    }
    return refuse(reading, at, node, 'union', `expected ${name}, found ${describe(node)}`);
  });
}
