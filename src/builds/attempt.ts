import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { formatJson, writeFileDurably } from '../store/files.ts';
import type { BuildContext } from './build-options.ts';
import { ATTEMPT_FOLDER } from './partition.ts';

const STATE_FILE = 'commands.json';

export interface FinishedCommand {
  name: string;
  /** Masked. */
  run: string;
  seconds: number;
}

interface AttemptState {
  format: 1;
  /** What the attempt was of: commands, environment and loaded inputs. */
  identity: string;
  done: FinishedCommand[];
}

const attemptDir = (context: BuildContext) =>
  path.join(context.layout.builds.partition(context.product.id, context.key), ATTEMPT_FOLDER);

/**
 * Takes over the output of a failed attempt at the same build, and gives the commands that had finished; those need not
 * run again. Anything else that an attempt left is removed.
 *
 * @param files names of what is moved into `dir`
 */
export async function takeAttempt(
  context: BuildContext,
  identity: string,
  dir: string,
  files: readonly string[],
): Promise<FinishedCommand[]> {
  const from = attemptDir(context);
  try {
    const state = JSON.parse(await readFile(path.join(from, STATE_FILE), 'utf8')) as AttemptState;
    if (context.options.force || state.format !== 1 || state.identity !== identity || state.done.length === 0)
      return [];
    for (const name of files)
      if (existsSync(path.join(from, name))) await rename(path.join(from, name), path.join(dir, name));
    return state.done;
  } catch {
    return [];
  } finally {
    await rm(from, { recursive: true, force: true });
  }
}

/** Keeps what a failed attempt had done. Without a finished command there is nothing to go on from but the log. */
export async function keepAttempt(
  context: BuildContext,
  attempt: { identity: string; done: FinishedCommand[]; dir: string; output: string; log: string },
): Promise<void> {
  const to = attemptDir(context);
  try {
    await rm(to, { recursive: true, force: true });
    await mkdir(to, { recursive: true });
    const names = attempt.done.length > 0 ? [attempt.output, attempt.log] : [attempt.log];
    for (const name of names) await rename(path.join(attempt.dir, name), path.join(to, name));
    const state: AttemptState = { format: 1, identity: attempt.identity, done: attempt.done };
    await writeFileDurably(path.join(to, STATE_FILE), formatJson(state));
  } catch (error) {
    await rm(to, { recursive: true, force: true }).catch(() => undefined);
    context.reporter.log('warning', `what the failed build had done could not be kept: ${String(error)}`);
  }
}
