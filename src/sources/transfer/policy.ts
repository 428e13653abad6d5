import { defaultsOf, type Numbers } from '../../settings/limits.ts';
import { TRANSFER_LIMITS } from '../../settings/transfer-limits.ts';

/** How patient a transfer is. */
export type TransferPolicy = Numbers<typeof TRANSFER_LIMITS>;
export const DEFAULT_POLICY: TransferPolicy = defaultsOf(TRANSFER_LIMITS);

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

/** The defaults, then what LIFECYCLE_TRANSFER says, then what the caller says. */
export function transferPolicy(
  given: Partial<TransferPolicy>,
  overrides: Partial<TransferPolicy> = {},
): TransferPolicy {
  return { ...DEFAULT_POLICY, ...given, ...overrides };
}

/** As transferPolicy, with less patience where the environment says nothing. */
export function questionPolicy(given: Partial<TransferPolicy>): TransferPolicy {
  return { ...QUESTION_POLICY, ...given };
}
