import { LifecycleError } from '../../errors.ts';

/** Flags as they hold for a node: of the pattern, of its inline flags, of the group around it. */
export interface Flags {
  ignoreCase: boolean;
  ascii: boolean;
  multiline: boolean;
  dotAll: boolean;
  verbose: boolean;
}

/** Members of a set: code points, ranges of them, and classes such as `\w`. */
export type Member = { from: number; to: number } | { category: 'w' | 'd' | 's'; negated: boolean };

export type Node =
  | { kind: 'char'; code: number; flags: Flags }
  | { kind: 'set'; members: Member[]; negated: boolean; flags: Flags }
  | { kind: 'any'; flags: Flags }
  | { kind: 'at'; at: 'start' | 'end' | 'textStart' | 'textEnd' | 'word' | 'notWord'; flags: Flags }
  | { kind: 'sequence'; items: Node[] }
  | { kind: 'choice'; options: Node[] }
  | { kind: 'repeat'; item: Node; min: number; max: number; mode: 'greedy' | 'lazy' | 'possessive' }
  /** `number` is undefined for a group that captures nothing. */
  | { kind: 'group'; item: Node; number: number | undefined }
  | { kind: 'atomic'; item: Node }
  | { kind: 'look'; item: Node; behind: boolean; negated: boolean; width: number }
  | { kind: 'reference'; group: number; flags: Flags }
  | { kind: 'condition'; group: number; yes: Node; no: Node };

export interface Pattern {
  root: Node;
  /** How many groups capture. */
  groups: number;
  names: ReadonlyMap<string, number>;
  /** It is written in a way that RE2 does not read, or reads otherwise. */
  beyondRe2: boolean;
}

/** Where a pattern is wrong, as Python's `re.error` says it; positions count characters from 0. */
export class PatternProblem extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

export function badPattern(pattern: string, problem: { message: string; position?: number }): LifecycleError {
  const at = problem.position === undefined ? '' : ` at character ${problem.position + 1}`;
  return new LifecycleError(
    'ING_BAD_EXPRESSION',
    `the regular expression ${JSON.stringify(pattern)} cannot be read: ${problem.message}${at}`,
    { hint: "write it as Python's module `re` reads it, or set regex: false where it is meant as plain text" },
  );
}

export const UNBOUNDED = Number.POSITIVE_INFINITY;
/** Beyond this no width matters. */
const MAX_WIDTH = 2 ** 32;

/** The least and the greatest number of characters that a node takes. */
export function widthOf(node: Node, groups: ReadonlyMap<number, Node>): [number, number] {
  switch (node.kind) {
    case 'char':
    case 'set':
    case 'any':
      return [1, 1];
    case 'at':
    case 'look':
      return [0, 0];
    case 'sequence': {
      const widths = node.items.map((item) => widthOf(item, groups));
      return [sum(widths.map(([low]) => low)), sum(widths.map(([, high]) => high))];
    }
    case 'choice': {
      const widths = node.options.map((option) => widthOf(option, groups));
      return [Math.min(...widths.map(([low]) => low)), Math.max(...widths.map(([, high]) => high))];
    }
    case 'repeat': {
      const [low, high] = widthOf(node.item, groups);
      return [Math.min(low * node.min, MAX_WIDTH), high === 0 ? 0 : Math.min(high * node.max, UNBOUNDED)];
    }
    case 'group':
    case 'atomic':
      return widthOf(node.item, groups);
    case 'reference': {
      const group = groups.get(node.group);
      return group ? widthOf(group, groups) : [0, UNBOUNDED];
    }
    case 'condition': {
      const [yes, no] = [widthOf(node.yes, groups), widthOf(node.no, groups)];
      return [Math.min(yes[0], no[0]), Math.max(yes[1], no[1])];
    }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
