import type { Limit } from './limits.ts';

/** Every byte of an archive is a stranger's; these bound what it can make us do. */
export const ARCHIVE_LIMITS = {
  entries: { default: 100_000, meaning: 'entries of an archive' },
  totalBytes: { default: 64 * 2 ** 30, meaning: 'bytes of all entries together, unpacked' },
  ratio: {
    default: 300,
    meaning: 'unpacked over packed size, of an entry and of the whole, once above `harmlessBytes`',
  },
  harmlessBytes: { default: 64 * 2 ** 20, meaning: 'unpacked bytes below which the ratio does not matter' },
  depth: { default: 100, meaning: 'folders within each other in a name' },
} as const satisfies Record<string, Limit>;
