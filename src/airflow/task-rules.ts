import path from 'node:path';
import { EXIT } from '../error-codes.ts';
import { INSTALLATION } from '../settings/settings.ts';

/** What becomes of a task after its command has ended in some way. */
export interface Ending {
  /** Wait for as long as it takes, try again, or leave it at that. */
  next: 'wait' | 'retry' | 'fail';
  /** After so many tries it fails. */
  tries?: number;
  /** What the log says of it, when the command itself could say nothing. */
  says?: string;
  /** And whether it is tried again. */
  once_more?: string;
  no_more?: string;
}

/** What Airflow is told about every task: what it runs, and when that is tried again. */
export interface TaskRules {
  /** The program and first arguments of what a task runs. */
  command: string[];
  environment: Record<string, string>;
  /** By exit code, or `-NUMBER` of the signal; `stopped` is one whose end was asked for, `other` is any other. */
  endings: Record<string, Ending>;
  /** Of deaths that no command could tell of: how often, and how soon, since they are noticed after a while. */
  retries: number;
  retry_delay_seconds: number;
  /** Between a command that ended and the next try. */
  between_tries_seconds: number;
  /** How often it waits for what another holds, where Airflow knows how to wait. */
  max_waits: number;
  /** A command that is told to stop cuts itself off after ten; one that cannot do even that is killed after these. */
  stop_within_seconds: number;
  /** How waiting tasks of all runs are ordered. */
  weight_rule: string;
  broken_hint: string;
}

const SIGKILL = 9;
const BY_SIGINT = 130;
const BY_SIGTERM = 143;

/** @param projectDir absolute */
export function taskRules(projectDir: string): TaskRules {
  return {
    command: [path.join(INSTALLATION, 'bin', 'lifecycle'), '--json', 'task'],
    environment: { LIFECYCLE_PROJECT: projectDir, LIFECYCLE_LOG: 'json' },
    endings: {
      stopped: { next: 'retry' },
      // Another process holds the version, or the stage.
      [EXIT.busy]: { next: 'wait' },
      [BY_SIGINT]: { next: 'retry' },
      [BY_SIGTERM]: { next: 'retry' },
      // Something else may have taken the memory, so it is worth one more try, and no more: it may be the data.
      [-SIGKILL]: {
        next: 'retry',
        tries: 1,
        says: "was killed by SIGKILL: out of memory? The kernel's log (dmesg) tells",
        once_more: 'it is tried once more',
        no_more: 'it is not tried again',
      },
      // It would end the same way again, or has been tried again by the command itself.
      other: { next: 'fail' },
    },
    retries: 5,
    retry_delay_seconds: 5,
    between_tries_seconds: 20,
    max_waits: 90,
    stop_within_seconds: 20,
    // Tasks weigh what is upstream of them, so that a run that has begun ends before another one begins.
    weight_rule: 'upstream',
    broken_hint: 'correct it; the DAG shows within seconds that it is sound',
  };
}
