import { maskOutputData } from '../masking/output.ts';

const MASKED = new WeakSet<object>();

/** Says of an answer that who made it has taken the secrets out already: of some thousand texts that takes its time. */
export function withoutSecrets<T extends object>(answer: T): T {
  MASKED.add(answer);
  return answer;
}

export function maskedAnswer(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && MASKED.has(answer) ? answer : maskOutputData(answer);
}
