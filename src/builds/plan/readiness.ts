import type { LifecycleError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import type { InputsLock } from '../../store/builds/inputs-lock.ts';
import { heldClaims } from '../../store/held-claims.ts';
import type { BuildContext } from '../build-options.ts';
import { describeMissing, unaskedSources } from './missing-inputs.ts';
import type { Plan } from './plan.ts';
import { planRecipe } from './planner.ts';
import type { Planning } from './prepare.ts';
import { type UnresolvedInput, UnresolvedInputs } from './unresolved.ts';

export type ReadinessState =
  | 'ready'
  | 'missing'
  | 'stale'
  | 'failed'
  | 'running'
  | 'refused'
  | 'remote'
  | 'unreachable';

/** One line of the readiness table. */
export interface ReadinessRow {
  id: string;
  version: string | null;
  /** Seconds since the version was made; null for one that is not in this store. */
  age: number | null;
  state: ReadinessState;
  /** Why the version is this one, or what stands against it. */
  reason: string;
  /** What mends it; null when there is nothing to mend. */
  command: string | null;
}

export interface Readiness {
  version: string;
  versionReason: string;
  rows: ReadinessRow[];
  /** Whether a plan would succeed, as far as can be told without fetching. A stale input does not stop one. */
  ready: boolean;
  /** Why sources that could have what is missing were not asked. */
  unasked: string[];
  /** What stands against the version. */
  problem: LifecycleError | undefined;
}

const NOTHING = { unasked: [], problem: undefined };

/**
 * What a plan would find, without writing anything: `missing` inputs are not in the store, `running` ones are being
 * made, the making of `failed` ones was killed, `stale` ones are locked in another version than a new plan would take,
 * `remote` ones would be fetched, and of `unreachable` ones nobody knows, since their source did not answer.
 *
 * @param locked what the plan that stands has locked
 */
export async function readiness(
  context: BuildContext,
  planning: Planning,
  locked: InputsLock | undefined,
): Promise<Readiness> {
  const { request, stored } = planning;
  if (!request) {
    const version = context.options.version ?? context.key;
    return { version, versionReason: 'the product has no recipe', rows: [], ready: true, ...NOTHING };
  }
  let plan: Plan;
  let unresolved: readonly UnresolvedInput[] = [];
  let problem: LifecycleError | undefined;
  try {
    plan = await planRecipe(request);
  } catch (error) {
    if (!(error instanceof UnresolvedInputs)) throw error;
    plan = error.plan;
    unresolved = error.inputs;
    problem = error.problem;
  }
  const claims = await heldClaims(context.layout);
  const rows: ReadinessRow[] = plan.inputs.map(({ dataset, stored: file, wanted, why }) => {
    const age = file ? Math.max(0, Math.round((Date.now() - Date.parse(file.created)) / 1000)) : null;
    const before = locked?.inputs.find(
      (input) => input.id === dataset.id && (input.import_as ?? '') === (dataset.import_as ?? ''),
    );
    const row = { id: dataset.id, version: dataset.version, age };
    const changed = wanted ? before?.version !== dataset.version : before?.sha256 !== (file?.fact.sha256 ?? null);
    if (before && changed) {
      const reason =
        before.version === dataset.version ? 'its file changed since the plan' : `the plan has ${before.version}`;
      const command = `lifecycle plan ${shellWord(context.product.id)} ${shellWord(context.key)} --force`;
      return { ...row, state: 'stale', reason, command };
    }
    if (wanted) {
      return { ...row, state: 'remote', reason: `${why}; at ${dataset.source}, fetched by the plan`, command: null };
    }
    return { ...row, state: 'ready', reason: why, command: null };
  });
  for (const input of unresolved) {
    const { version, reason, command } = await describeMissing(stored, input);
    const template = await stored.templateOf(input.id);
    const subject = `ingest ${template ?? input.id} ${version ?? ''}`;
    const claim = claims.find((held) =>
      version === null ? held.subject.startsWith(subject) : held.subject === subject,
    );
    const row = { id: input.id, version, age: null, command };
    if (claim?.alive) {
      const by = `process ${claim.pid} on ${claim.host} is making it since ${claim.since}`;
      rows.splice(input.index, 0, { ...row, state: 'running', reason: by, command: null });
    } else if (claim) {
      rows.splice(input.index, 0, { ...row, state: 'failed', reason: 'the run that was making it was killed' });
    } else rows.splice(input.index, 0, { ...row, state: stateOf(input), reason });
  }
  const ready = unresolved.length === 0;
  const unasked = unaskedSources(unresolved, request.catalog);
  return { version: plan.version, versionReason: plan.versionReason, rows, ready, unasked, problem };
}

function stateOf({ isMissing, kind }: UnresolvedInput): ReadinessState {
  if (isMissing) return 'missing';
  return kind === 'source_failed' ? 'unreachable' : 'refused';
}
