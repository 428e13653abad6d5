import type { YamlNode } from '../yaml.ts';
import { type Arguments, type ArgumentType, boolean, type Given, type Signature } from './argument-types.ts';

/** What a template may ask of a column or of a whole dataset: everything about it but how it is looked at. */
export interface CheckDeclaration<A extends Arguments = Arguments> extends Signature {
  /** What holds where it passes; one sentence, without its full stop. */
  says: string;
  /** Whose `checks` may name it; `geometry` is either, without a column that of the dataset. */
  on: 'column' | 'dataset' | 'geometry';
  /** Whether it asks for something of each row, so that nulls may be passed over (`ignore_na`). */
  ofValues: boolean;
  /** One that compares with the version before or the CRS: where it fails, nothing is published (ADR 24). */
  refuses: boolean;
  /** Arguments of which at least one is needed. */
  needsOne: readonly string[];
  /** The argument that stands for all where only a word or a list is written in place of a map. */
  short?: string;
  arguments: A;
  /** As an item of `checks`; a test runs it. */
  example: string;
}

type Facts<A extends Arguments> = Pick<CheckDeclaration<A>, 'says' | 'on' | 'arguments' | 'example'> &
  Partial<Pick<CheckDeclaration<A>, 'ofValues' | 'refuses' | 'needsOne' | 'short'>>;

export function check<const A extends Arguments>(facts: Facts<A>): CheckDeclaration<A> {
  return { others: 'refuse', ofValues: false, refuses: false, needsOne: [], ...facts };
}

/** The arguments of a check as what carries it out gets them. */
export type ArgumentsOf<D> = D extends CheckDeclaration<infer A> ? Given<A> : never;

const numberIn = (node: YamlNode) => {
  const value = node.kind === 'scalar' ? node.value : undefined;
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};

export const number: ArgumentType<number> = { name: 'a number', accepts: (node) => numberIn(node) !== undefined };
export const percentage: ArgumentType<number> = {
  name: 'a number of percent, such as 50',
  accepts: (node) => (numberIn(node) ?? -1) >= 0,
};
export const count: ArgumentType<number> = {
  name: 'a whole number from 0',
  accepts: (node) => Number.isSafeInteger(numberIn(node)) && numberIn(node)! >= 0,
};
/** What columns hold; dates reach the check as ISO text. */
export const value: ArgumentType<string | number | boolean> = {
  name: 'a number, text, date or truth value',
  accepts: (node) =>
    numberIn(node) !== undefined ||
    (node.kind === 'scalar' &&
      (typeof node.value === 'string' ||
        boolean.accepts(node) ||
        (node.value !== null && typeof node.value === 'object' && 'iso' in node.value))),
};
/** xmin, ymin, xmax, ymax */
export const box: ArgumentType<readonly number[]> = {
  name: 'a list of four numbers, the smaller ones first',
  accepts: (node) => {
    const [x0, y0, x1, y1, more] = node.kind === 'list' ? node.items.map(numberIn) : [];
    return more === undefined && x0! <= x1! && y0! <= y1!;
  },
};
