import type { YamlNode } from '../yaml.ts';

/** Ties the type of a value to its description; no object has it. */
declare const VALUE: unique symbol;

/**
 * Arguments of steps and sources are checked as Python's `isinstance` does it: nothing is converted, a number is no
 * text, and a boolean is an integer. `T` is what an accepted value is in TypeScript.
 */
export interface ArgumentType<T = unknown> {
  /** What is asked for, in words. */
  name: string;
  accepts(node: YamlNode): boolean;
  /** What is wrong with a value of the right kind. */
  problem?(node: YamlNode): { message: string; suggestion?: string } | undefined;
  /** Of lists and maps: what their values must be, for saying which of them is not. */
  item?: ArgumentType;
  readonly [VALUE]?: T;
}

export const anything: ArgumentType = { name: 'anything', accepts: () => true };
export const text: ArgumentType<string> = {
  name: 'text',
  accepts: (node) => node.kind === 'scalar' && typeof node.value === 'string',
};
export const boolean: ArgumentType<boolean> = {
  name: 'true or false',
  accepts: (node) => node.kind === 'scalar' && typeof node.value === 'boolean',
};
export const integer: ArgumentType<number | boolean> = {
  name: 'an integer',
  accepts: (node) => node.kind === 'scalar' && (typeof node.value === 'bigint' || typeof node.value === 'boolean'),
};
export const nothing: ArgumentType<null> = {
  name: 'nothing',
  accepts: (node) => node.kind === 'scalar' && node.value === null,
};
export const anyList: ArgumentType<readonly unknown[]> = {
  name: 'a list',
  accepts: (node) => node.kind === 'list' && node.of !== 'set',
};
export const anyMap: ArgumentType<Readonly<Record<string, unknown>>> = {
  name: 'a map',
  accepts: (node) => node.kind === 'map',
};

export function words<const W extends string>(...allowed: readonly W[]): ArgumentType<W> {
  return {
    name: `one of ${allowed.join(', ')}`,
    accepts: (node) =>
      node.kind === 'scalar' && typeof node.value === 'string' && (allowed as readonly string[]).includes(node.value),
  };
}

export function listOf<T>(item: ArgumentType<T>): ArgumentType<readonly T[]> {
  return {
    name: `a list of ${item.name}`,
    item,
    accepts: (node) => node.kind === 'list' && node.of !== 'set' && node.items.every((each) => item.accepts(each)),
  };
}

/** A map from text to values of one kind. */
export function mapTo<T>(value: ArgumentType<T>): ArgumentType<Readonly<Record<string, T>>> {
  return {
    name: `a map from text to ${value.name}`,
    item: value,
    accepts: (node) =>
      node.kind === 'map' && node.entries.every((entry) => typeof entry.key === 'string' && value.accepts(entry.value)),
  };
}

export function either<T extends readonly unknown[]>(
  ...types: { readonly [I in keyof T]: ArgumentType<T[I]> }
): ArgumentType<T[number]> {
  const all: readonly ArgumentType[] = types;
  return {
    name: all.map((type) => type.name).join(' or '),
    accepts: (node) => all.some((type) => type.accepts(node)),
  };
}

/** One argument of a step, of a method or of a source. */
export interface Argument<T = unknown> {
  type: ArgumentType<T>;
  required: boolean;
  /** One sentence for the page, without its full stop; empty where the name says it. */
  says: string;
  /** What an absent one counts as, if it counts as anything. */
  otherwise?: T | undefined;
}

/** By name, needed ones first. */
export type Arguments = Readonly<Record<string, Argument>>;

export function needed<T>(type: ArgumentType<T>, says = '') {
  return { type, required: true, says } as const satisfies Argument<T>;
}

/** An argument that may be left out. */
export function optional<T>(type: ArgumentType<T>, says = '') {
  return { type, required: false, says } as const satisfies Argument<T>;
}

/** An argument that has a value when it is left out. */
export function defaulting<T, const D extends T>(type: ArgumentType<T>, otherwise: D, says = '') {
  return { type, required: false, says, otherwise } as const satisfies Argument<T>;
}

type ValueOf<A extends Argument> = A extends { type: ArgumentType<infer T> } ? T : never;

/** What a function gets that was declared with these arguments: defaults are filled in. */
export type Given<A extends Arguments> = {
  readonly [N in keyof A]: A[N] extends { required: true } | { otherwise: unknown }
    ? ValueOf<A[N]>
    : ValueOf<A[N]> | undefined;
};

/** What a step, a method or a source takes. */
export interface Signature {
  arguments: Arguments;
  /** What happens to other arguments: an error, a warning (they are ignored), or nothing (they are passed on). */
  others: 'refuse' | 'ignore' | 'pass on';
}
