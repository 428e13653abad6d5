import type { Limit } from './limits.ts';

/** How patient a transfer is. Times are in milliseconds. */
export const TRANSFER_LIMITS = {
  attempts: {
    default: 6,
    minimum: 1,
    whole: true,
    meaning: 'attempts in a row that brought nothing new; one that resumes and gets further starts the count again',
  },
  firstWaitMs: { default: 1_000, meaning: 'wait before the second attempt' },
  waitFactor: { default: 2, minimum: 1, meaning: 'what each further wait is multiplied by' },
  longestWaitMs: {
    default: 60_000,
    meaning: 'no wait of our own is longer; a longer Retry-After of the source is honoured as long as `totalMs` allows',
  },
  jitter: {
    default: 0.5,
    maximum: 1,
    meaning: 'share of each wait that is left to chance, so that parallel runs do not come back in step',
  },
  connectMs: { default: 20_000, meaning: 'until the connection stands, name lookup and TLS included' },
  answerMs: {
    default: 300_000,
    meaning: 'until the headers of the answer; exports are made on request, so this is long',
  },
  idleMs: {
    default: 60_000,
    minimum: 1,
    meaning: 'every window of this length must bring `slowestBytesPerSecond`, else the attempt has stalled',
  },
  slowestBytesPerSecond: { default: 200, meaning: 'what a window of `idleMs` must bring at least' },
  totalMs: {
    default: 14_400_000,
    meaning: 'for one file, or one walk over all pages of a service, with all attempts and waits',
  },
  redirects: { default: 10, whole: true, meaning: 'redirects that are followed' },
  expansion: {
    default: 300,
    minimum: 1,
    meaning: 'a body unpacked from Content-Encoding may be so many times the size of what was sent, once past 100 MB',
  },
} as const satisfies Record<string, Limit>;
