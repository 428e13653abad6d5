import { describe, type Field, refuse, taking } from './fields.ts';
import type { YamlScalar } from './yaml11-scalars.ts';

/** What a value counts as where pydantic asks for a truth value: it takes some words and numbers too. */
export function looseTruth(value: YamlScalar | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : typeof value === 'object' ? '' : String(Number(value));
  if (['1', 't', 'true', 'y', 'yes', 'on'].includes(word)) return true;
  if (['0', 'f', 'false', 'n', 'no', 'off'].includes(word)) return false;
  return undefined;
}

/** Pydantic takes these words and numbers for booleans too. */
export const looseBoolean: Field<boolean> = taking({ words: 'true or false' }, (node, at, reading) => {
  const value = looseTruth(node.kind === 'scalar' ? node.value : undefined);
  return value ?? refuse(reading, at, node, 'bool_type', `expected true or false, found ${describe(node)}`);
});
