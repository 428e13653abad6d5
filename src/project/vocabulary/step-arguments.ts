import type { Argument, Given } from './argument-types.ts';
import { type Method, methodsFor } from './methods.ts';
import type { Rows } from './step.ts';
import { STEPS, type StepName } from './steps.ts';

type Declared<N extends StepName> = (typeof STEPS)[N];
/** What a step gets: the arguments that it declares, and those that it passes on. */
export type StepArguments<N extends StepName> = Given<Declared<N>['arguments']> & Readonly<Record<string, unknown>>;

/** The arguments of a template, which have been checked against the declaration, with defaults for those left out. */
export function stepArguments<N extends StepName>(name: N, given: Readonly<Record<string, unknown>>): StepArguments<N> {
  const declared: Readonly<Record<string, Argument>> = STEPS[name].arguments;
  const missing = Object.entries(declared).filter(
    ([key, { otherwise }]) => otherwise !== undefined && !Object.hasOwn(given, key),
  );
  const defaults = Object.fromEntries(missing.map(([key, { otherwise }]) => [key, otherwise]));
  return { ...given, ...defaults } as StepArguments<N>;
}

/** What a step with these arguments does to the rows. */
export function rowsOf(name: StepName, args: Readonly<Record<string, unknown>>): Rows {
  const { rows } = STEPS[name];
  if (rows !== 'as its method') return rows;
  const methods: Readonly<Record<string, Method>> = methodsFor(name, args.geo === true) ?? {};
  const called = String(args.function_name);
  return Object.hasOwn(methods, called) ? methods[called]!.rows : 'kept';
}
