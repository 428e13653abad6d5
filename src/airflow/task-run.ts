import { LifecycleError } from '../errors.ts';
import { parseVersion } from '../ids.ts';
import { shellWord } from '../shell-word.ts';
import type { FormField } from './form.ts';
import type { ManifestBuild, ManifestIngest } from './manifest.ts';

/** What a task of Airflow's is, and what Airflow knows of its run; the DAG file writes it. */
export interface TaskRun {
  /** The DAG's entry of the manifest. */
  entry: ManifestIngest | ManifestBuild;
  task: string;
  /** Values of the form by its names. */
  params: Record<string, unknown>;
  /** The run's version, or that of the mapped task. */
  key: string | null;
  /** Whether the task is one of several, each with a version of its own. */
  is_mapped: boolean;
}

/** What the task has to do: hand out versions, make one of them (the source tells which, where it is null), or nothing. */
export type Work = { several: string[] } | { version: string | null };

/**
 * The timetable has refused most of what is wrong here; it does not see runs that no request started.
 *
 * @throws LifecycleError LIF_USAGE, LIF_BAD_VERSION
 */
export function workOf({ entry, params, key, is_mapped }: TaskRun): Work {
  if (is_mapped) return { version: key };
  const several = [...new Set(Array.isArray(params.versions) ? params.versions.map(String) : [])];
  if (key !== null && several.length > 0) {
    throw new LifecycleError('LIF_USAGE', 'this run has a partition key and versions too: only one can be meant', {
      hint: 'leave one of them empty',
    });
  }
  const [first = key, ...others] = several.map((text) => parseVersion(text) as string);
  if (others.length > 0) return { several };
  if (first === null && entry.needs_version) {
    throw new LifecycleError('LIF_USAGE', `${entry.id} needs a version and none was given`, {
      hint: 'fill in Partition Key, or Versions for several at once',
    });
  }
  return { version: first };
}

export interface Words {
  words: string[];
  /** Variables of the environment. */
  variables: Record<string, string>;
}

/** What the values of a form are for the command; `stages`: those that it does of a build. */
export function wordsOf(
  form: readonly FormField[],
  params: Readonly<Record<string, unknown>>,
  stages: readonly string[] = [],
): Words {
  const words: string[] = [];
  const variables: Record<string, string> = {};
  for (const { name, given } of form) {
    const value = params[name];
    if (given?.as === 'switch' && value === given.when && (given.stage === undefined || stages.includes(given.stage))) {
      words.push(given.flag);
    }
    if (given?.as === 'variable' && value) variables[given.name] = String(value);
    if (given?.as !== 'option' || !value) continue;
    for (const each of Array.isArray(value) ? value : [value]) words.push(given.flag, `${given.before ?? ''}${each}`);
  }
  return { words, variables };
}

/** The command as a person would type it. */
export function shownCommand(words: readonly string[]): string {
  return ['lifecycle', ...words].map(shellWord).join(' ');
}
