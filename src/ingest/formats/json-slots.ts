import type { Value } from './values.ts';

/** A member of the objects at one place of the records. */
export class Member {
  readonly name: string;
  readonly key: Buffer;
  /** Of the table; -1: it has none yet. */
  column = -1;
  /** Members of the objects that it has held. */
  inner: Members | undefined;
  /** Number of the record that it came in last. */
  record = 0;

  constructor(name: string, key: Buffer) {
    this.name = name;
    this.key = key;
  }
}

export interface Members {
  readonly byKey: Map<string, Member>;
  /** By the place among the others that each had last. Only those whose key reads as it is written. */
  readonly usual: (Member | undefined)[];
}

export const noMembers = (): Members => ({ byKey: new Map(), usual: [] });

export const KIND = { none: 0, whole: 1, decimal: 2, bytes: 3, other: 4, structure: 5 } as const;

/** Values of a record, until all of it is read: a name may come again. */
export class Slots {
  count = 0;
  readonly members: Member[] = [];
  readonly kinds: number[] = [];
  readonly numbers: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly others: Value[] = [];
}
