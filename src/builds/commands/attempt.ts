import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ATTEMPT_FOLDER } from '../../store/builds/partition.ts';
import { formatJson, writeFileDurably } from '../../store/files.ts';
import type { BuildContext } from '../build-options.ts';

const STATE_FILE = 'commands.json';

export interface FinishedCommand {
  name: string;
  /** Masked. */
  run: string;
  seconds: number;
}

interface AttemptState {
  format: 1;
  /** What the attempt was of: the code without what its commands made, and the loaded inputs. */
  identity: string;
  done: FinishedCommand[];
  /** Files of the product's folder that its commands made. */
  made: string[];
}

const NOTHING = { done: [], made: [] };

const attemptDir = (context: BuildContext) =>
  path.join(context.layout.builds.partition(context.product.id, context.key), ATTEMPT_FOLDER);

/**
 * Takes over the output of a failed attempt at the same build, and gives the commands that had finished; those need not
 * run again. Anything else that an attempt left is removed.
 *
 * @param identity of this build, given what the attempt's commands made
 * @param files names of what is moved into `dir`
 */
export async function takeAttempt(
  context: BuildContext,
  identity: (made: readonly string[]) => string,
  dir: string,
  files: readonly string[],
): Promise<Pick<AttemptState, 'done' | 'made'>> {
  const from = attemptDir(context);
  try {
    const state = JSON.parse(await readFile(path.join(from, STATE_FILE), 'utf8')) as AttemptState;
    const { done, made = [] } = state;
    // What its commands made is no code, whatever becomes of the attempt.
    if (context.options.force || state.format !== 1 || done.length === 0) return { done: [], made };
    if (state.identity !== identity(made)) return { done: [], made };
    for (const name of files)
      if (existsSync(path.join(from, name))) await rename(path.join(from, name), path.join(dir, name));
    return { done, made };
  } catch {
    return NOTHING;
  } finally {
    await rm(from, { recursive: true, force: true });
  }
}

/** Keeps what a failed attempt had done. Without a finished command there is nothing to go on from but the log. */
export async function keepAttempt(
  context: BuildContext,
  attempt: Omit<AttemptState, 'format'> & { dir: string; output: string; log: string },
): Promise<void> {
  const to = attemptDir(context);
  try {
    await rm(to, { recursive: true, force: true });
    await mkdir(to, { recursive: true });
    const names = attempt.done.length > 0 ? [attempt.output, attempt.log] : [attempt.log];
    for (const name of names) await rename(path.join(attempt.dir, name), path.join(to, name));
    const { identity, done, made } = attempt;
    const state: AttemptState = { format: 1, identity, done, made };
    await writeFileDurably(path.join(to, STATE_FILE), formatJson(state));
  } catch (error) {
    await rm(to, { recursive: true, force: true }).catch(() => undefined);
    context.reporter.log('warning', `what the failed build had done could not be kept: ${String(error)}`);
  }
}
