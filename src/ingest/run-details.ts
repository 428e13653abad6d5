import { userInfo } from 'node:os';
import { newYorkTimestamp } from '../new-york-time.ts';
import type { Settings } from '../settings/settings.ts';

/** Who ran it, as the department's files say it: a person, or a job of GitHub Actions. */
export function runDetails(settings: Settings, started: Date): Record<string, unknown> {
  const { value } = settings;
  const timestamp = newYorkTimestamp(started);
  if (value('CI')) {
    const url = value('GITHUB_SERVER_URL')
      ? `${value('GITHUB_SERVER_URL')}/${value('GITHUB_REPOSITORY')}/actions/runs/${value('GITHUB_RUN_ID')}`
      : undefined;
    return {
      type: 'ci',
      runner: { dispatch_event: value('GITHUB_EVENT_NAME'), url, job: value('GITHUB_JOB') },
      timestamp,
    };
  }
  return { type: 'manual', runner: { username: userName() }, timestamp };
}

/** Who is logged in on this machine. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no name belongs to.
    return 'unknown';
  }
}
