import type { Arguments, Signature } from './argument-types.ts';

/** A source's key may stand under any of these; the first one that is there counts. */
export const KEY_NAMES = ['key', 'path', 'url', 'endpoint', 'name', 'uid', 'dataset', 'product'] as const;
export type KeyName = (typeof KEY_NAMES)[number];

/** The name under which a source has its key, given which names are there. */
export function keyNameOf(has: (name: KeyName) => boolean): KeyName | undefined {
  return KEY_NAMES.find(has);
}

/**
 * A type of source: everything about it but how it is fetched. The department's engine passes on what it does not know
 * and ignores it, so an unknown argument is a warning.
 */
export interface SourceDeclaration<A extends Arguments = Arguments> extends Signature {
  /** One sentence, without its full stop. */
  says: string;
  /** What the key is. */
  key: string;
  arguments: A;
  /** How the raw file is called. */
  rawFile: string;
  /** The version that the source itself tells; null where it tells none. */
  version: string | null;
  /** As a template has it; a test reads it. */
  example: string;
}

export function source<const D extends Omit<SourceDeclaration, 'others'>>(facts: D) {
  return { ...facts, others: 'ignore' } as const satisfies SourceDeclaration;
}
