import { answer } from './program.ts';
import { Stopping } from './stopping.ts';

// Whoever read this is gone, with the process that started us perhaps; stopping in order must not die of that. Nor must
// work of a log that lies on a full disk.
const NOBODY_READS = ['EPIPE'];
const CANNOT_BE_TOLD = [...NOBODY_READS, 'EIO', 'ENOSPC', 'EDQUOT'];
for (const [stream, harmless] of [
  [process.stdout, NOBODY_READS],
  [process.stderr, CANNOT_BE_TOLD],
] as const) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!harmless.includes(error.code ?? '')) throw error;
  });
}

const { env, stdout, stderr } = process;
process.exitCode = await answer(process.argv.slice(2), {
  env,
  cwd: process.cwd(),
  stdout,
  stderr,
  stopping: new Stopping(),
});
