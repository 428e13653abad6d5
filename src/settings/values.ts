import { LifecycleError } from '../errors.ts';
import type { Kind } from './kinds.ts';
import {
  declarationOf,
  OWN_PREFIX,
  PATTERNS,
  patternOf,
  VARIABLES,
  type ValueOf,
  type VariableName,
} from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that are set, as a process is given them. */
export function variablesSet(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * The value of a declared variable: what its text stands for, else its default. An empty text is none.
 * @throws LifecycleError LIF_BAD_SETTING
 */
export function valueIn<N extends VariableName>(env: Environment, name: N): ValueOf<N> {
  const declaration: { kind: Kind<unknown>; default?: unknown } = VARIABLES[name];
  const text = env[name];
  return (text ? read(name, text, declaration.kind) : declaration.default) as ValueOf<N>;
}

/**
 * The address that `LIFECYCLE_ENDPOINT_<NAME>` gives.
 * @throws LifecycleError LIF_BAD_SETTING
 */
export function endpointIn(env: Environment, service: string): string | undefined {
  const name = `${OWN_PREFIX}ENDPOINT_${service}`;
  const text = env[name];
  return text ? read(name, text, PATTERNS.endpoint.kind) : undefined;
}

/**
 * What is wrong with a variable that is set, where its form says so; undefined where nothing is.
 */
export function problemOf(name: string, text: string): LifecycleError | undefined {
  const kind = (declarationOf(name) ?? patternOf(name))?.kind;
  const wrong = text && kind ? kind.read(text).wrong : undefined;
  return wrong === undefined ? undefined : badSetting(name, text, kind!, wrong);
}

/**
 * Refuses a variable of ours that has a value which it cannot have, before any work begins.
 * @throws LifecycleError LIF_BAD_SETTING
 */
export function checkOwn(env: Environment): void {
  for (const [name, text] of Object.entries(env)) {
    const problem = name.startsWith(OWN_PREFIX) && text ? problemOf(name, text) : undefined;
    if (problem) throw problem;
  }
}

function read<T>(name: string, text: string, kind: Kind<T>): T {
  const reading = kind.read(text);
  if (reading.wrong === undefined) return reading.value;
  throw badSetting(name, text, kind, reading.wrong);
}

function badSetting(name: string, text: string, kind: Kind<unknown>, wrong: string): LifecycleError {
  const shown = kind.isSecret ? 'set' : JSON.stringify(text);
  const message = wrong ? `${name}: ${wrong}` : `${name} is ${shown}, and takes ${kind.allowed}`;
  return new LifecycleError('LIF_BAD_SETTING', message, {
    hint: wrong ? `it takes ${kind.allowed}` : 'correct it or unset it; `lifecycle settings` shows what holds',
    details: { variable: name, value: kind.isSecret ? '***' : text },
  });
}
