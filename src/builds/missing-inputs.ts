import { LifecycleError } from '../errors.ts';
import type { BuildContext } from './build-options.ts';
import { quoted } from './partition.ts';
import type { UnresolvedInput, UnresolvedInputs } from './planner.ts';
import type { StoredInputs } from './stored-inputs.ts';

/** One input that is not there, with what makes it. */
export interface MissingInput {
  id: string;
  version: string | null;
  source: string;
  kind: string;
  reason: string;
  /** A command line, ready to be run. */
  command: string | null;
}

/** An error that names all inputs which cannot be resolved, and for each one the command that mends it. */
export async function missingInputs(
  context: BuildContext,
  stored: StoredInputs,
  unresolved: UnresolvedInputs,
): Promise<LifecycleError> {
  const inputs = await Promise.all(unresolved.inputs.map((input) => describeMissing(stored, input)));
  const onlyMissing = unresolved.inputs.every((input) => input.isMissing);
  const subject = `${context.product.id} ${context.key}`;
  const [head, ...commands] = new Set(inputs.flatMap((input) => input.command ?? []));
  const lines = inputs.map(
    ({ id, version, reason, command }) =>
      `\n  ${id}${version === null ? '' : ` ${version}`}: ${reason}${command === null ? '' : `; run: ${command}`}`,
  );
  const what = inputs.length === 1 ? 'one input' : `${inputs.length} inputs`;
  return new LifecycleError(
    onlyMissing ? 'BLD_MISSING_INPUTS' : 'BLD_PLAN_REFUSED',
    `${what} of ${subject} cannot be resolved:${lines.join('')}`,
    {
      hint:
        head === undefined ? undefined : `run: ${head}${commands.length > 0 ? `, and ${commands.length} more` : ''}`,
      details: { kind: inputs[0]?.kind, missing: inputs },
    },
  );
}

export async function describeMissing(stored: StoredInputs, input: UnresolvedInput): Promise<MissingInput> {
  const { id, source, kind, reason } = input;
  const version = input.version ?? null;
  return { id, version, source, kind, reason, command: input.isMissing ? await commandFor(stored, input) : null };
}

async function commandFor(stored: StoredInputs, { id, source, version }: UnresolvedInput): Promise<string> {
  const words = (...parts: (string | undefined)[]) =>
    parts.flatMap((part) => (part === undefined ? [] : [quoted(part)])).join(' ');
  if (source.startsWith('edm.publishing.'))
    return words('lifecycle', 'build', id.replace(/^db-/, ''), version ?? 'KEY');
  const template = await stored.templateOf(id);
  if (template) return words('lifecycle', 'ingest', template, version);
  return words('lifecycle', 'adopt', id, version ?? 'VERSION', 'FILE.parquet');
}
