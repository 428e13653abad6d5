import { areEqual, type Budget, compared, isNumber, JinjaError, kindOf, pythonText, type Value } from './values.ts';

/** Operators by the names of their nodes, on the values of their sides. */
export function calculated(operator: string, sides: readonly Value[], budget: Budget): Value {
  const [left, right] = sides;
  switch (operator) {
    case 'Concat': {
      const text = [pythonText(left, budget), pythonText(right, budget)];
      budget.text(text[0]!.length + text[1]!.length);
      return text.join('');
    }
    case 'Add':
      if (typeof left === 'string' && typeof right === 'string') {
        budget.text(left.length + right.length);
        return left + right;
      }
      if (Array.isArray(left) && Array.isArray(right)) {
        budget.items(left.length + right.length);
        return [...left, ...right];
      }
      break;
    case 'Mul': {
      const [many, times] = isNumber(left) ? [right, left] : [left, right];
      if (!isNumber(times)) break;
      const count = Math.max(0, Math.trunc(Number(times)));
      if (typeof many === 'string') {
        budget.text(many.length * count);
        return many.repeat(count);
      }
      if (Array.isArray(many)) {
        budget.items(many.length * count);
        return Array.from({ length: count }, () => many).flat(1);
      }
      break;
    }
    case 'Neg':
    case 'Pos':
      if (isNumber(left)) return operator === 'Neg' ? -Number(left) : Number(left);
      throw new JinjaError(`${kindOf(left)} has no sign`);
  }
  if (isNumber(left) && isNumber(right)) return arithmetic(operator, Number(left), Number(right));
  throw new JinjaError(`${kindOf(left)} and ${kindOf(right)} cannot be combined like this`);
}

function arithmetic(operator: string, left: number, right: number): number {
  if (right === 0 && ['Div', 'FloorDiv', 'Mod'].includes(operator)) throw new JinjaError('division by zero');
  switch (operator) {
    case 'Add':
      return left + right;
    case 'Sub':
      return left - right;
    case 'Mul':
      return left * right;
    case 'Div':
      return left / right;
    case 'FloorDiv':
      return Math.floor(left / right);
    case 'Mod':
      return left - right * Math.floor(left / right);
    case 'Pow':
      return left ** right;
  }
  throw new JinjaError(`${operator} is not available here`);
}

/** A comparison by its sign. */
export function holds(operator: string, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return areEqual(left, right);
    case '!=':
      return !areEqual(left, right);
    case '<':
      return compared(left, right) < 0;
    case '<=':
      return compared(left, right) <= 0;
    case '>':
      return compared(left, right) > 0;
    case '>=':
      return compared(left, right) >= 0;
  }
  throw new JinjaError(`${operator} is not available`);
}
