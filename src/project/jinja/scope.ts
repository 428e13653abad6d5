import { JinjaError, type Value } from './values.ts';

/** A variable that was used and is not set. */
export class UndefinedVariable extends JinjaError {
  readonly variable: string;
  constructor(variable: string) {
    super(`'${variable}' is undefined`);
    this.variable = variable;
  }
}

/** Names within reach of a statement; those of a loop or a macro hide the ones around it. */
export class Scope {
  readonly #names = new Map<string, Value>();
  readonly #outer: Scope | ((name: string) => Value);

  constructor(outer: Scope | ((name: string) => Value)) {
    this.#outer = outer;
  }

  get(name: string): Value {
    if (this.#names.has(name)) return this.#names.get(name);
    return this.#outer instanceof Scope ? this.#outer.get(name) : this.#outer(name);
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value);
  }
}
