import type { Command } from 'commander';
import { LifecycleError } from '../errors.ts';
import { parsePartitionKey } from '../ids.ts';
import { formatBytes } from '../report.ts';
import { INPUTS_LOCK, type InputsLock, type LockedInput, readInputsLock } from '../store/builds/inputs-lock.ts';
import { readPartition, stageMissing } from '../store/builds/partition.ts';
import { storeLayout } from '../store/layout.ts';
import { suggestionHint } from '../suggest.ts';
import { partitionCommand, productOf } from './build-flags.ts';
import type { CommandContext } from './context.ts';
import type { Run } from './program.ts';

async function why(
  context: CommandContext,
  productId: string,
  partitionKey: string,
  inputId: string | undefined,
): Promise<undefined> {
  const { settings } = context;
  const product = productOf(settings.projectDir, productId);
  const key = parsePartitionKey(partitionKey);
  const partition = await readPartition(storeLayout(settings.storeDir), product.id, key);
  if (!partition.stages.plan) throw stageMissing(product.id, key, 'plan');
  const lock = await readInputsLock(partition.dir);
  const inputs = inputId === undefined ? lock.inputs : named(lock, inputId);
  if (context.json) {
    const { version, version_reason } = lock;
    context.print(
      JSON.stringify({ product: product.id, partition_key: key, version, version_reason, inputs }, null, 2),
    );
    return;
  }
  const head = inputId === undefined ? [`${product.id} ${key}: version ${lock.version}, ${lock.version_reason}`] : [];
  context.print([...head, ...inputs.map(describe)].join('\n'));
}

function named(lock: InputsLock, id: string): LockedInput[] {
  const inputs = lock.inputs.filter((input) => input.id === id || input.import_as === id);
  if (inputs.length > 0) return inputs;
  throw new LifecycleError('LIF_UNKNOWN_ID', `the build has no input ${JSON.stringify(id)}`, {
    hint:
      suggestionHint(
        id,
        lock.inputs.map((input) => input.id),
      ) ?? `see ${INPUTS_LOCK} of the partition`,
  });
}

function describe(input: LockedInput): string {
  const name = input.import_as === null ? input.id : `${input.id} as ${input.import_as}`;
  const facts = [
    input.file_type,
    input.rows === null ? null : `${input.rows.toLocaleString('en-US')} rows`,
    input.bytes === null ? null : formatBytes(input.bytes),
    input.sha256 === null ? 'not in this store' : `sha256 ${input.sha256.slice(0, 12)}`,
    input.fetched_from ? `fetched from ${input.fetched_from}` : null,
  ].filter((fact) => fact !== null);
  return `${name}: version ${input.version ?? 'none'}, ${input.why} (${facts.join(', ')})`;
}

export function register(program: Command, run: Run): void {
  partitionCommand(program, 'why', 'Says why a build has its version, and each input its own')
    .argument('[input]', 'only this input')
    .action(run(why));
}
