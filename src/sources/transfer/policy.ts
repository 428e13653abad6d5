import { checkRanges, numbersFrom } from '../../settings/numbers.ts';

/**
 * How patient a transfer is. Times are in milliseconds. `LIFECYCLE_TRANSFER` overrides single values, as in
 * `LIFECYCLE_TRANSFER=attempts=10,idleMs=300000`.
 */
export interface TransferPolicy {
  /**
   * Attempts in a row that brought nothing new; one that resumes and gets further starts the count again.
   * @default 6
   * @minimum 1
   */
  attempts: number;
  /**
   * Wait before the second attempt.
   * @default 1000
   */
  firstWaitMs: number;
  /**
   * What each further wait is multiplied by.
   * @default 2
   * @minimum 1
   */
  waitFactor: number;
  /**
   * No wait of our own is longer; a longer Retry-After of the source is honoured as long as the total time allows.
   * @default 60000
   */
  longestWaitMs: number;
  /**
   * Share of each wait that is left to chance, so that parallel runs do not come back in step.
   * @default 0.5
   * @maximum 1
   */
  jitter: number;
  /**
   * Until the connection stands, name lookup and TLS included.
   * @default 20000
   */
  connectMs: number;
  /**
   * Until the headers of the answer; exports are made on request, so this is long.
   * @default 300000
   */
  answerMs: number;
  /**
   * Every window of this length must bring at least `slowestBytesPerSecond`, else the attempt has stalled.
   * @default 60000
   */
  idleMs: number;
  /**
   * @default 200
   */
  slowestBytesPerSecond: number;
  /**
   * For one file, or one walk over all pages of a service, with all attempts and waits.
   * @default 14400000
   */
  totalMs: number;
  /**
   * Redirects that are followed.
   * @default 10
   */
  redirects: number;
  /**
   * A body unpacked from Content-Encoding may be this many times the size of what was sent, once past 100 MB.
   * @default 300
   */
  expansion: number;
}

export const DEFAULT_POLICY: TransferPolicy = {
  attempts: 6,
  firstWaitMs: 1_000,
  waitFactor: 2,
  longestWaitMs: 60_000,
  jitter: 0.5,
  connectMs: 20_000,
  answerMs: 300_000,
  idleMs: 60_000,
  slowestBytesPerSecond: 200,
  totalMs: 14_400_000,
  redirects: 10,
  expansion: 300,
};

/** For questions with short answers, of which a plan has hundreds: somebody waits for them. */
const QUESTION_POLICY: TransferPolicy = {
  ...DEFAULT_POLICY,
  attempts: 3,
  firstWaitMs: 500,
  longestWaitMs: 5_000,
  connectMs: 10_000,
  answerMs: 30_000,
  idleMs: 30_000,
  totalMs: 60_000,
};

const VARIABLE = 'LIFECYCLE_TRANSFER';

/**
 * The defaults, then what the environment says, then what the caller says.
 * @throws LifecycleError SRC_ARGUMENTS naming the value that is wrong
 */
export function transferPolicy(
  environment: string | undefined,
  overrides: Partial<TransferPolicy> = {},
): TransferPolicy {
  const policy = { ...numbersFrom(environment, DEFAULT_POLICY, VARIABLE), ...overrides };
  const ranges = {
    attempts: { minimum: 1, whole: true },
    waitFactor: { minimum: 1 },
    jitter: { maximum: 1 },
    idleMs: { minimum: 1 },
    redirects: { whole: true },
    expansion: { minimum: 1 },
  };
  checkRanges(policy, ranges, VARIABLE);
  return policy;
}

/**
 * As transferPolicy, with less patience where the environment says nothing.
 * @throws LifecycleError SRC_ARGUMENTS naming the value that is wrong
 */
export function questionPolicy(environment: string | undefined): TransferPolicy {
  return transferPolicy(undefined, numbersFrom(environment, QUESTION_POLICY, VARIABLE));
}
