import type { LatestMove } from './latest.ts';

/**
 * What became of the `latest` pointer, on one line; undefined where nothing did.
 *
 * @param offered the version that asked for it
 */
export function describeLatest(id: string, { from, to, stays }: LatestMove, offered: string): string | undefined {
  if (stays === 'newer') return `latest of ${id} stays ${to}, which is newer than ${offered}`;
  if (stays === 'set by hand') {
    return `latest of ${id} stays ${to}, as it was set by hand; to move it: lifecycle latest ${id} ${offered}`;
  }
  return from === to ? undefined : `latest of ${id}: ${from ?? 'none'} → ${to}`;
}
