import { isWord, lowerOf } from './characters.ts';
import { MatchLimit } from './match-limit.ts';
import type { Program, Step } from './program.ts';

/** Steps that may be taken for one text: a second or so. A pattern that goes back and forth needs more at once. */
const MAX_STEPS = 20_000_000;
const MAX_STACK = 8_000_000;

interface MatchOptions {
  /** The match ends where the text ends. */
  full?: boolean;
  /** It is not empty if it begins where the search does, as after an empty match there. */
  advance?: boolean;
  /** It begins where the search does. */
  anchored?: boolean;
}

/** Kinds of entries on the stack; each has three numbers. */
const CHOICE = 0;
const SLOT = 1;
const REGISTER = 2;
const SHORTER = 3;
const LONGER = 4;

/**
 * Carries out a program on a text by going forward and, where that does not fit, back to the last choice, as Python's `re`
 * does. What is to be tried later lies on a stack of its own, so that neither long texts nor deep patterns are too deep.
 */
export class Matcher {
  readonly #steps: readonly Step[];
  readonly #slots: Int32Array;
  readonly #registers: Int32Array;
  readonly #stack: number[] = [];
  /** Of a choice among lengths: how short or long it may become. */
  readonly #bounds: number[] = [];
  #text: Int32Array = new Int32Array(0);
  #left = 0;
  #start = 0;
  #options: MatchOptions = {};

  constructor(program: Program) {
    this.#steps = program.steps;
    this.#slots = new Int32Array(program.slots);
    this.#registers = new Int32Array(program.registers);
  }

  /** Another text, as code points. */
  read(text: Int32Array): void {
    this.#text = text;
    this.#left = MAX_STEPS;
  }

  /**
   * The bounds of the first match at or behind `from`, and those of its groups, -1 for one that took no part.
   *
   * @throws MatchLimit
   */
  find(from: number, options: MatchOptions = {}): Int32Array | undefined {
    this.#start = from;
    this.#options = options;
    const last = options.anchored ? from : this.#text.length;
    const [first] = this.#steps;
    for (let at = from; at <= last; at++) {
      if (first?.op === 'test' && !(at < this.#text.length && first.test(this.#text[at]!))) continue;
      this.#slots.fill(-1);
      this.#stack.length = 0;
      this.#bounds.length = 0;
      const end = this.#run(0, at, true);
      if (end < 0) continue;
      this.#slots[0] = at;
      this.#slots[1] = end;
      return this.#slots;
    }
    return undefined;
  }

  #push(kind: number, a: number, b: number): void {
    if (this.#stack.length > MAX_STACK) throw new MatchLimit('takes too much memory');
    this.#stack.push(kind, a, b);
  }

  #setSlot(slot: number, value: number): void {
    this.#push(SLOT, slot, this.#slots[slot]!);
    this.#slots[slot] = value;
  }

  #setRegister(register: number, value: number): void {
    this.#push(REGISTER, register, this.#registers[register]!);
    this.#registers[register] = value;
  }

  /** Runs from a step to the next `done`; gives the place where the text stands then, or -1. */
  #run(from: number, start: number, isWhole: boolean): number {
    const base = this.#stack.length;
    const text = this.#text;
    const length = text.length;
    let pc = from;
    let at = start;
    for (;;) {
      if (--this.#left < 0) throw new MatchLimit('takes too long');
      const step = this.#steps[pc]!;
      let fits = true;
      switch (step.op) {
        case 'test':
          fits = at < length && step.test(text[at]!);
          at++;
          pc++;
          break;
        case 'many': {
          const { test, min, lazy } = step;
          const most = Math.min(length, at + (lazy ? min : step.max));
          const begin = at;
          while (at < most && test(text[at]!)) at++;
          this.#left -= at - begin;
          fits = at - begin >= min;
          pc++;
          if (fits && lazy && step.max > min) {
            this.#bounds.push(begin + step.max);
            this.#push(LONGER, pc, at);
          } else if (fits && !lazy && at > begin + min) {
            this.#bounds.push(begin + min);
            this.#push(SHORTER, pc, at);
          }
          break;
        }
        case 'at':
          fits = this.#isAt(step, at);
          pc++;
          break;
        case 'jump':
          pc = step.to;
          break;
        case 'choose':
          this.#push(CHOICE, step.second, at);
          pc = step.first;
          break;
        case 'save':
          this.#setSlot(step.slot, at);
          pc++;
          break;
        case 'begin':
          this.#setRegister(step.register, 0);
          this.#setRegister(step.register + 1, -1);
          pc++;
          break;
        case 'loop': {
          const { register, lazy } = step;
          const count = this.#registers[register]!;
          if (count < step.min) {
            this.#setRegister(register, count + 1);
            pc = step.body;
          } else if (lazy) {
            this.#push(CHOICE, step.body - 1, at);
            pc = step.exit;
          } else if (count < step.max && at !== this.#registers[register + 1]) {
            this.#push(CHOICE, step.exit, at);
            this.#setRegister(register, count + 1);
            this.#setRegister(register + 1, at);
            pc = step.body;
          } else pc = step.exit;
          break;
        }
        case 'again': {
          const count = this.#registers[step.register]!;
          fits = count < step.max && at !== this.#registers[step.register + 1];
          if (fits) {
            this.#setRegister(step.register, count + 1);
            this.#setRegister(step.register + 1, at);
            pc = step.body;
          }
          break;
        }
        case 'atomic': {
          const end = this.#inner(pc + 1, at, true);
          fits = end >= 0;
          at = end;
          pc = step.exit;
          break;
        }
        case 'look': {
          const begin = step.behind ? at - step.width : at;
          const found = begin >= 0 && this.#inner(pc + 1, begin, !step.negated) >= 0;
          fits = found !== step.negated;
          pc = step.exit;
          break;
        }
        case 'reference': {
          const end = this.#repeated(step, at);
          fits = end >= 0;
          at = end;
          pc++;
          break;
        }
        case 'condition':
          pc = this.#slots[2 * step.group + 1]! >= 0 ? pc + 1 : step.otherwise;
          break;
        case 'done':
          if (!isWhole || this.#isMatch(start, at)) return at;
          fits = false;
          break;
      }
      if (fits) continue;
      const back = this.#back(base);
      if (back === undefined) return -1;
      [pc, at] = back;
    }
  }

  #isMatch(start: number, end: number): boolean {
    if (this.#options.full && end !== this.#text.length) return false;
    return !(this.#options.advance && start === this.#start && end === start);
  }

  /** Goes back to the last choice above `base`, undoing what was set since. */
  #back(base: number): [number, number] | undefined {
    const stack = this.#stack;
    while (stack.length > base) {
      const b = stack.pop()!;
      const a = stack.pop()!;
      const kind = stack.pop()!;
      if (kind === CHOICE) return [a, b];
      if (kind === SLOT) this.#slots[a] = b;
      else if (kind === REGISTER) this.#registers[a] = b;
      else if (kind === SHORTER) {
        const least = this.#bounds.at(-1)!;
        if (b - 1 > least) stack.push(SHORTER, a, b - 1);
        else this.#bounds.pop();
        return [a, b - 1];
      } else {
        const most = this.#bounds.at(-1)!;
        const many = this.#steps[a - 1]!;
        if (b < Math.min(most, this.#text.length) && many.op === 'many' && many.test(this.#text[b]!)) {
          if (b + 1 < most) stack.push(LONGER, a, b + 1);
          else this.#bounds.pop();
          return [a, b + 1];
        }
        this.#bounds.pop();
      }
    }
    return undefined;
  }

  /** Runs what is inside of a look or an atomic group; its choices are forgotten, what it captured stays where `keeps`. */
  #inner(from: number, at: number, keeps: boolean): number {
    const base = this.#stack.length;
    const bounds = this.#bounds.length;
    const end = this.#run(from, at, false);
    if (this.#stack.length === base) return end;
    const made = this.#stack.splice(base);
    this.#bounds.length = bounds;
    if (end < 0) return end;
    // What undoes captures and counts stays on the stack, for whoever goes back over this group.
    for (let i = 0; i < made.length; i += 3) {
      if (made[i] === SLOT || made[i] === REGISTER) this.#stack.push(made[i]!, made[i + 1]!, made[i + 2]!);
    }
    if (!keeps) this.#undo(base);
    return end;
  }

  #undo(base: number): void {
    while (this.#stack.length > base) {
      const value = this.#stack.pop()!;
      const place = this.#stack.pop()!;
      (this.#stack.pop() === SLOT ? this.#slots : this.#registers)[place] = value;
    }
  }

  #repeated({ group, flags }: Extract<Step, { op: 'reference' }>, at: number): number {
    const [from, to] = [this.#slots[2 * group]!, this.#slots[2 * group + 1]!];
    if (from < 0 || to < 0 || at + (to - from) > this.#text.length) return -1;
    this.#left -= to - from;
    const same = (a: number, b: number) =>
      a === b || (flags.ignoreCase && lowerOf(a, flags.ascii) === lowerOf(b, flags.ascii));
    for (let i = 0; i < to - from; i++) if (!same(this.#text[from + i]!, this.#text[at + i]!)) return -1;
    return at + (to - from);
  }

  #isAt({ at: kind, flags }: Extract<Step, { op: 'at' }>, at: number): boolean {
    const text = this.#text;
    const length = text.length;
    switch (kind) {
      case 'textStart':
        return at === 0;
      case 'textEnd':
        return at === length;
      case 'start':
        return at === 0 || (flags.multiline && text[at - 1] === 10);
      case 'end':
        if (at === length) return true;
        return text[at] === 10 && (flags.multiline || at === length - 1);
    }
    const before = at > 0 && isWord(text[at - 1]!, flags.ascii);
    const behind = at < length && isWord(text[at]!, flags.ascii);
    // Before Python 3.14 `\B` does not hold in a text without characters.
    return kind === 'word' ? before !== behind : length > 0 && before === behind;
  }
}
