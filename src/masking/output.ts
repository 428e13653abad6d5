import type { Environment } from '../settings/values.ts';
import { isWorthHiding, type Masker, maskerFor, secretsIn } from './known.ts';
import { maskData, secretsOfData } from './structure.ts';

/** Values that are masked wherever they stand, and what does it. */
class Remembered {
  readonly values = new Set<string>();
  #masker: Masker | undefined;

  add(values: Iterable<string>): void {
    for (const value of values) {
      if (this.values.has(value) || !isWorthHiding(value)) continue;
      this.values.add(value);
      this.#masker = undefined;
    }
  }

  get masker(): Masker {
    this.#masker ??= maskerFor([...this.values]);
    return this.#masker;
  }
}

const ofProject = new Remembered();
const ofAll = new Remembered();

/**
 * From here on these values are masked in all that this process says, wherever they stand: a server may repeat a token in
 * its answer, a driver a password in its error. Whoever reads a definition or the environment tells them.
 */
export function rememberSecrets(values: readonly string[], origin: 'project' | 'environment'): void {
  ofAll.add(values);
  if (origin === 'project') ofProject.add(values);
}

/** What masks the output of a child: the secrets of its environment, and those that stand in the project. */
export function maskerOfSecrets(env: Environment): Masker {
  return maskerFor([...secretsIn(env), ...ofProject.values]);
}

/** Text for a log or a terminal. */
export function maskOutput(text: string): string {
  return ofAll.masker.mask(text);
}

/** Data with its own secrets and those of a masker taken out. */
export function maskDataWith<T>(value: T, { mask }: Masker): T {
  return maskTexts(maskData(value), mask) as T;
}

/** Data for a document that is printed: texts only are masked, so that the document stays one. */
export function maskOutputData<T>(value: T): T {
  return maskDataWith(value, ofAll.masker);
}

/** Data that must be the same wherever it is made from the same project, whatever the environment holds. */
export function maskProjectData<T>(value: T): T {
  return maskDataWith(value, ofProject.masker);
}

/** What files keep of a definition: the same for the same definition, whatever else has been read. */
export function maskPartOf<T>(definition: unknown, part: T): T {
  return maskDataWith(part, maskerFor(secretsOfData(definition).filter(isWorthHiding)));
}

function maskTexts(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item) => maskTexts(item, mask));
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, maskTexts(inner, mask)]));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskTexts(inner, mask)]));
}
