import { LifecycleError } from '../../../../errors.ts';

/** Says that a file is no workbook of Excel 97–2003; it may be an older one. */
export class OtherVersion extends Error {}

export function encrypted(): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', 'the workbook is encrypted', {
    hint: 'ask its owner for a copy without a password',
  });
}

export function unreadable(what: string, cause?: unknown): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `the file cannot be read as a workbook: ${what}`, {
    cause,
    hint: 'open it in a spreadsheet program and save it as .xlsx',
  });
}

/** Of a file whose parts do not hold what other parts say of them. */
export function damaged(what: string): LifecycleError {
  return unreadable(`it is cut off or damaged: ${what}`);
}
