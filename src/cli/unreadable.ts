import type { Unreadable } from '../store/survey.ts';
import type { CommandContext } from './context.ts';

/** One that cannot be read, as `--json` prints it. */
export interface UnreadableRow {
  name: string;
  code: string;
  message: string;
}

export function unreadableRows(unreadable: readonly Unreadable[]): UnreadableRow[] {
  return unreadable.map(({ name, error: { code, message } }) => ({ name, code, message }));
}

/** A listing that leaves something out says so, whatever it prints. */
export function warnOfUnreadable(context: CommandContext, id: string, rows: readonly UnreadableRow[]): void {
  for (const { name, code, message } of rows) context.reporter.log('warning', `${id} ${name}: ${message}`, { code });
}

/** How many there are, and how many more that cannot be read. */
export function countWithUnreadable(count: number, unreadable: readonly UnreadableRow[]): string {
  return unreadable.length === 0 ? String(count) : `${count} + ${unreadable.length} unreadable`;
}
