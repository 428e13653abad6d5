import type { Command } from 'commander';
import { rebuildLocked } from '../builds/rebuild.ts';
import { EXIT } from '../error-codes.ts';
import { LifecycleError } from '../errors.ts';
import { type BuildFlags, buildContext, partitionCommand } from './build-flags.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';

async function rebuild(
  context: CommandContext,
  productId: string,
  partitionKey: string,
  flags: BuildFlags & { locked?: boolean },
): Promise<ExitCode> {
  if (!flags.locked) {
    throw new LifecycleError('LIF_USAGE', 'a rebuild goes by the lock; say so with --locked', {
      hint: 'to build anew, with the newest inputs: lifecycle build PRODUCT KEY --force',
    });
  }
  const work = buildContext(context, productId, partitionKey, flags);
  const { equal, files, seconds } = await rebuildLocked(work);
  if (context.json) {
    context.print(
      JSON.stringify({ product: work.product.id, partition_key: work.key, equal, files, seconds }, null, 2),
    );
  } else {
    const other = files.filter((file) => file.state !== 'equal').map((file) => `${file.path}: ${file.state}`);
    const count = `${files.length - other.length} of ${files.length} files byte-equal, ${seconds} s`;
    context.print([...other, equal ? `equal: ${count}` : `different: ${count}`].join('\n'));
  }
  return equal ? EXIT.done : EXIT.failed;
}

export function register(program: Command, run: Run): void {
  partitionCommand(program, 'rebuild', 'Repeats a build from its lock and compares the outputs')
    .option('--locked', 'with exactly the inputs that the lock names')
    .option('--timeout <seconds>', 'the time that one command may take')
    .action(run(rebuild));
}
