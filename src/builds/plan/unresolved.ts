import type { LifecycleError } from '../../errors.ts';
import type { InputProblem } from './catalog.ts';
import type { Plan } from './plan.ts';

/** An input that could not be resolved. */
export interface UnresolvedInput {
  /** Its place among all datasets of the plan. */
  index: number;
  id: string;
  /** The version that was wanted; absent when that is what could not be found out. */
  version?: string | undefined;
  source: string;
  kind: InputProblem['kind'];
  reason: string;
  isMissing: boolean;
  /** Of the error that its source ended in. */
  code?: InputProblem['code'];
  hint?: string | undefined;
}

/** A dataset that cannot be resolved, with what is known of it. */
export class UnresolvedDataset extends Error {
  readonly input: Omit<UnresolvedInput, 'index'>;
  constructor(input: Omit<UnresolvedInput, 'index'>) {
    super(input.reason);
    this.input = input;
  }
}

/**
 * Thrown when inputs cannot be resolved: all of them together, in the recipe's order. The caller, who knows which
 * command makes which dataset, turns it into an error for people.
 */
export class UnresolvedInputs extends Error {
  readonly inputs: readonly UnresolvedInput[];
  /** The plan as far as it came: its inputs are those that could be resolved. */
  readonly plan: Plan;
  /** What else stands against the plan, such as a version that could not be found out. */
  readonly problem: LifecycleError | undefined;
  constructor(inputs: readonly UnresolvedInput[], plan: Plan, problem?: LifecycleError) {
    super(`${inputs.length} inputs cannot be resolved`);
    this.inputs = inputs;
    this.plan = plan;
    this.problem = problem;
  }
}
