import { type Test, testOf } from './characters.ts';
import type { Flags, Node, Pattern } from './syntax.ts';

/** One step of a program; numbers are places in it, registers and slots for the bounds of groups. */
export type Step =
  | { op: 'test'; test: Test }
  | { op: 'many'; test: Test; min: number; max: number; lazy: boolean }
  | { op: 'at'; at: Extract<Node, { kind: 'at' }>['at']; flags: Flags }
  | { op: 'jump'; to: number }
  | { op: 'choose'; first: number; second: number }
  | { op: 'save'; slot: number }
  | { op: 'begin'; register: number }
  | { op: 'loop'; register: number; min: number; max: number; body: number; exit: number; lazy: boolean }
  /** The other half of a lazy loop: what is tried when the rest did not fit. */
  | { op: 'again'; register: number; max: number; body: number }
  | { op: 'atomic'; exit: number }
  | { op: 'look'; exit: number; behind: boolean; negated: boolean; width: number }
  | { op: 'reference'; group: number; flags: Flags }
  | { op: 'condition'; group: number; otherwise: number }
  | { op: 'done' };

export interface Program {
  steps: readonly Step[];
  /** Two for each group and two for the whole. */
  slots: number;
  registers: number;
}

/** The steps of a pattern, which `Matcher` carries out. */
export function programOf({ root, groups }: Pattern): Program {
  const steps: Step[] = [];
  let registers = 0;
  const add = <S extends Step>(step: S): S => {
    steps.push(step);
    return step;
  };
  const here = () => steps.length;

  const emit = (node: Node): void => {
    switch (node.kind) {
      case 'char':
      case 'set':
      case 'any':
        add({ op: 'test', test: testOf(node) });
        return;
      case 'at':
        add({ op: 'at', at: node.at, flags: node.flags });
        return;
      case 'sequence':
        node.items.forEach(emit);
        return;
      case 'choice': {
        const ends: Extract<Step, { op: 'jump' }>[] = [];
        for (const [index, option] of node.options.entries()) {
          if (index === node.options.length - 1) emit(option);
          else {
            const choose = add({ op: 'choose', first: here() + 1, second: 0 });
            emit(option);
            ends.push(add({ op: 'jump', to: 0 }));
            choose.second = here();
          }
        }
        for (const end of ends) end.to = here();
        return;
      }
      case 'group':
        if (node.number === undefined) {
          emit(node.item);
          return;
        }
        add({ op: 'save', slot: 2 * node.number });
        emit(node.item);
        add({ op: 'save', slot: 2 * node.number + 1 });
        return;
      case 'repeat':
        emitRepeat(node);
        return;
      case 'atomic': {
        const step = add({ op: 'atomic', exit: 0 });
        emit(node.item);
        add({ op: 'done' });
        step.exit = here();
        return;
      }
      case 'look': {
        const { behind, negated, width } = node;
        const step = add({ op: 'look', exit: 0, behind, negated, width });
        emit(node.item);
        add({ op: 'done' });
        step.exit = here();
        return;
      }
      case 'reference':
        add({ op: 'reference', group: node.group, flags: node.flags });
        return;
      case 'condition': {
        const step = add({ op: 'condition', group: node.group, otherwise: 0 });
        emit(node.yes);
        const end = add({ op: 'jump', to: 0 });
        step.otherwise = here();
        emit(node.no);
        end.to = here();
        return;
      }
    }
  };

  const emitRepeat = (node: Extract<Node, { kind: 'repeat' }>): void => {
    if (node.mode === 'possessive') {
      emit({ kind: 'atomic', item: { ...node, mode: 'greedy' } });
      return;
    }
    const { item, min, max } = node;
    const lazy = node.mode === 'lazy';
    if (item.kind === 'char' || item.kind === 'set' || item.kind === 'any') {
      add({ op: 'many', test: testOf(item), min, max, lazy });
      return;
    }
    const register = registers;
    registers += 2;
    add({ op: 'begin', register });
    const enter = add({ op: 'jump', to: 0 });
    const again = lazy ? add({ op: 'again', register, max, body: 0 }) : undefined;
    const body = here();
    if (again) again.body = body;
    emit(item);
    enter.to = here();
    add({ op: 'loop', register, min, max, body, exit: here() + 1, lazy });
  };

  emit(root);
  add({ op: 'done' });
  return { steps, slots: 2 * (groups + 1), registers };
}
