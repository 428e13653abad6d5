import { closest } from '../suggest.ts';
import { describe, type Field, INVALID, type Reading, refuse, taking } from './fields.ts';
import type { YamlEntry, YamlMapNode, YamlNode } from './yaml.ts';

/**
 * Arguments of steps and sources are checked as Python's `isinstance` does it: nothing is converted, a number is no
 * text, and a boolean is an integer.
 */
export interface ArgumentType {
  /** What is asked for, in words. */
  name: string;
  accepts(node: YamlNode): boolean;
  /** What is wrong with a value of the right kind. */
  problem?(node: YamlNode): { message: string; suggestion?: string } | undefined;
  /** Of lists and maps: what their values must be, for saying which of them is not. */
  item?: ArgumentType;
}

export const anything: ArgumentType = { name: 'anything', accepts: () => true };
export const text: ArgumentType = {
  name: 'text',
  accepts: (node) => node.kind === 'scalar' && typeof node.value === 'string',
};
export const boolean: ArgumentType = {
  name: 'true or false',
  accepts: (node) => node.kind === 'scalar' && typeof node.value === 'boolean',
};
export const integer: ArgumentType = {
  name: 'an integer',
  accepts: (node) => node.kind === 'scalar' && (typeof node.value === 'bigint' || typeof node.value === 'boolean'),
};
export const nothing: ArgumentType = {
  name: 'nothing',
  accepts: (node) => node.kind === 'scalar' && node.value === null,
};
export const anyList: ArgumentType = { name: 'a list', accepts: (node) => node.kind === 'list' && node.of !== 'set' };
export const anyMap: ArgumentType = { name: 'a map', accepts: (node) => node.kind === 'map' };

export function words(...allowed: readonly string[]): ArgumentType {
  return {
    name: `one of ${allowed.join(', ')}`,
    accepts: (node) => node.kind === 'scalar' && typeof node.value === 'string' && allowed.includes(node.value),
  };
}

export function listOf(item: ArgumentType): ArgumentType {
  return {
    name: `a list of ${item.name}`,
    item,
    accepts: (node) => node.kind === 'list' && node.of !== 'set' && node.items.every((each) => item.accepts(each)),
  };
}

/** A map from text to values of one kind. */
export function mapTo(value: ArgumentType): ArgumentType {
  return {
    name: `a map from text to ${value.name}`,
    item: value,
    accepts: (node) =>
      node.kind === 'map' && node.entries.every((entry) => typeof entry.key === 'string' && value.accepts(entry.value)),
  };
}

export function either(...types: readonly ArgumentType[]): ArgumentType {
  return {
    name: types.map((type) => type.name).join(' or '),
    accepts: (node) => types.some((type) => type.accepts(node)),
  };
}

/** What a step or a source takes. */
export interface Signature {
  required: Readonly<Record<string, ArgumentType>>;
  optional: Readonly<Record<string, ArgumentType>>;
  /** What happens to other arguments: an error, a warning (they are ignored), or nothing (they are passed on). */
  others: 'refuse' | 'ignore' | 'pass on';
}

export function signature(facts: Partial<Signature> = {}): Signature {
  return { required: facts.required ?? {}, optional: facts.optional ?? {}, others: facts.others ?? 'refuse' };
}

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
  const types = { ...signature.required, ...signature.optional };
  const names = Object.keys(types);
  const before = reading.issues.length;
  for (const name of Object.keys(signature.required)) {
    if (entries.has(name) || exempt.includes(name)) continue;
    const type = types[name]!;
    refuse(reading, [...at, name], given, 'missing', `${owner} needs the argument \`${name}\` (${type.name})`);
  }
  for (const [key, entry] of entries) {
    if (typeof key === 'string' && exempt.includes(key)) continue;
    const type = typeof key === 'string' && Object.hasOwn(types, key) ? types[key] : undefined;
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
