import { LifecycleError } from '../../errors.ts';
import type { ChildResult } from '../../processes/child.ts';
import { formatSeconds } from '../../report.ts';
import { shellWord } from '../../shell-word.ts';
import type { BuildCommand } from './commands.ts';

/** A shell says so when there is no such program, or none that can be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** The error that a command's end stands for; undefined when it did its work. */
export function commandFailure(facts: {
  product: string;
  key: string;
  command: BuildCommand;
  result: ChildResult;
  /** The last lines that it wrote, masked. */
  tail: readonly string[];
  /** The store, when its disk is full. */
  fullDisk: string | undefined;
}): LifecycleError | undefined {
  const { product, key, command, result, tail, fullDisk } = facts;
  const time = formatSeconds(result.seconds * 1000);
  const last = tail
    .slice(-5)
    .map((line) => `\n  | ${line}`)
    .join('');
  const again = `lifecycle build ${shellWord(product)} ${shellWord(key)} --stage build`;
  const hint =
    fullDisk === undefined
      ? `the whole output is in attempt/build.log of the partition; then run: ${again}`
      : `the disk of ${fullDisk} is full: free some space, then run: ${again}`;
  const details = {
    command: command.name,
    run: command.run,
    exit_code: result.exitCode,
    signal: result.signal,
    seconds: Math.round(result.seconds * 1000) / 1000,
  };
  if (result.stopped) {
    return new LifecycleError('LIF_STOPPED', `the command ${command.name} was stopped after ${time}`, { details });
  }
  if (result.timedOut) {
    return new LifecycleError(
      'BLD_TIMEOUT',
      `the command ${command.name} took longer than the limit and was stopped after ${time}${last}`,
      { hint: `raise the limit: ${again} --timeout SECONDS`, details },
    );
  }
  if (result.startError) {
    return new LifecycleError('BLD_COMMAND_NOT_FOUND', `the command ${command.name} could not be started`, {
      cause: result.startError,
      hint: 'check that the program is installed and on PATH',
      details,
    });
  }
  if (result.signal !== null) {
    return new LifecycleError(
      'BLD_COMMAND_FAILED',
      `the command ${command.name} was ended by ${result.signal} after ${time}${last}`,
      { hint, details },
    );
  }
  if (result.exitCode === 0) return undefined;
  if (command.type === 'shell' && (result.exitCode === NOT_FOUND || result.exitCode === NOT_EXECUTABLE)) {
    return new LifecycleError(
      'BLD_COMMAND_NOT_FOUND',
      `the command ${command.name} needs a program that ${result.exitCode === NOT_FOUND ? 'is not there' : 'cannot be run'}${last}`,
      { hint: 'check that the program is installed and on PATH', details },
    );
  }
  return new LifecycleError(
    'BLD_COMMAND_FAILED',
    `the command ${command.name} failed with exit code ${result.exitCode} after ${time}${last}`,
    { hint, details },
  );
}
