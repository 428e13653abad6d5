import type { Cell } from '../cell.ts';
import { damaged } from './faults.ts';
import type { Records } from './records.ts';

/** Behind row, column and format of the cell. */
const RESULT = 6;
/** In the place of a number's highest bytes, where it would be none: the result is of another kind. */
const NO_NUMBER = 0xffff;

/**
 * What the last calculation of a formula has given: `text` where the text follows in a record of its own.
 * @throws LifecycleError ING_BAD_FILE
 */
export function formulaResult({ bytes, start }: Records): 'number' | 'text' | { value: Cell } {
  const at = start + RESULT;
  if (bytes.readUInt16LE(at + 6) !== NO_NUMBER) return 'number';
  switch (bytes[at]) {
    case 0:
      return 'text';
    case 1:
      return { value: bytes[at + 2] !== 0 };
    case 2:
      return { value: null };
    case 3:
      return { value: '' };
    default:
      throw damaged('a formula has a result of no known kind');
  }
}
