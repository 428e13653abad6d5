import type { ErrorCode } from '../../error-codes.ts';
import { LifecycleError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { closest } from '../../suggest.ts';
import type { BuildContext } from '../build-options.ts';
import { type Catalog, sourceHint } from './catalog.ts';
import type { Planning } from './prepare.ts';
import type { StoredInputs } from './stored-inputs.ts';
import type { UnresolvedInput, UnresolvedInputs } from './unresolved.ts';

/** One input that is not there, with what makes it. */
export interface MissingInput {
  id: string;
  version: string | null;
  source: string;
  kind: string;
  reason: string;
  /** Of the error that its source ended in. */
  code: string | null;
  /** A command line, ready to be run. */
  command: string | null;
}

/** An error that names all inputs which cannot be resolved, and for each one the command that mends it. */
export async function missingInputs(
  context: BuildContext,
  { stored, request }: Pick<Planning, 'stored' | 'request'>,
  { inputs: unresolved, problem }: Pick<UnresolvedInputs, 'inputs' | 'problem'>,
): Promise<LifecycleError> {
  const inputs = await Promise.all(unresolved.map((input) => describeMissing(stored, input)));
  const subject = `${context.product.id} ${context.key}`;
  const [head, ...commands] = new Set(inputs.flatMap((input) => input.command ?? []));
  const lines = inputs.map(
    ({ id, version, reason, command }) =>
      `\n  ${id}${version === null ? '' : ` ${version}`}: ${reason}${command === null ? '' : `; run: ${command}`}`,
  );
  if (problem?.code === 'BLD_SOURCE_FAILED') lines.push(`\n  ${problem.message}`);
  const what = inputs.length === 1 ? 'one input' : `${inputs.length} inputs`;
  const run =
    head === undefined ? undefined : `run: ${head}${commands.length > 0 ? `, and ${commands.length} more` : ''}`;
  const failed = unresolved.find((input) => input.kind === 'source_failed');
  const trouble = failed ? sourceHint(failed.hint) : problem?.hint;
  const hints = [trouble ?? run, ...unaskedSources(unresolved, request?.catalog)].filter((hint) => hint !== undefined);
  return new LifecycleError(
    codeFor(unresolved, problem),
    `${what} of ${subject} cannot be resolved:${lines.join('')}`,
    {
      hint: hints.length > 0 ? hints.join('; ') : undefined,
      details: { kind: inputs[0]?.kind, missing: inputs },
    },
  );
}

/** Only what is known to be absent is called missing. */
function codeFor(inputs: readonly UnresolvedInput[], problem: LifecycleError | undefined): ErrorCode {
  if (inputs.some((input) => !input.isMissing && input.kind !== 'source_failed')) return 'BLD_PLAN_REFUSED';
  const failed = inputs.some((input) => !input.isMissing) || problem?.code === 'BLD_SOURCE_FAILED';
  return failed ? 'BLD_SOURCE_FAILED' : 'BLD_MISSING_INPUTS';
}

/** Of the sources that could have had what is missing, why they were not asked. */
export function unaskedSources(inputs: readonly UnresolvedInput[], catalog: Catalog | undefined): string[] {
  const missing = inputs.filter((input) => input.isMissing);
  return [...new Set(missing.flatMap((input) => catalog?.unasked?.(input.source) ?? []))];
}

export async function describeMissing(stored: StoredInputs, input: UnresolvedInput): Promise<MissingInput> {
  const { id, source, kind, code = null } = input;
  const version = input.version ?? null;
  const command = input.isMissing ? await commandFor(stored, input) : null;
  return { id, version, source, kind, reason: await withNearest(stored, input), code, command };
}

/** What nothing of the project makes has probably another name. */
async function withNearest(stored: StoredInputs, { id, source, reason, isMissing }: UnresolvedInput): Promise<string> {
  if (!isMissing || source.startsWith('edm.publishing.') || (await stored.templateOf(id))) return reason;
  const near = closest(id, await stored.known());
  return near === undefined ? reason : `${reason}; did you mean ${near}?`;
}

async function commandFor(stored: StoredInputs, { id, source, version }: UnresolvedInput): Promise<string> {
  const words = (...parts: (string | undefined)[]) =>
    parts.flatMap((part) => (part === undefined ? [] : [shellWord(part)])).join(' ');
  if (source.startsWith('edm.publishing.'))
    return words('lifecycle', 'build', id.replace(/^db-/, ''), version ?? 'KEY');
  const template = await stored.templateOf(id);
  if (template) return words('lifecycle', 'ingest', template, version);
  return words('lifecycle', 'adopt', id, version ?? 'VERSION', 'FILE.parquet');
}
