import { userInfo } from 'node:os';
import { newYorkTimestamp } from '../new-york-time.ts';
import type { Settings } from '../settings/settings.ts';

/** Who ran it, as the department's files say it: a person, or a job of GitHub Actions. */
export function runDetails(settings: Settings, started: Date): Record<string, unknown> {
  const { env } = settings;
  const timestamp = newYorkTimestamp(started);
  if (env.CI) {
    const url = env.GITHUB_SERVER_URL
      ? `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`
      : undefined;
    return { type: 'ci', runner: { dispatch_event: env.GITHUB_EVENT_NAME, url, job: env.GITHUB_JOB }, timestamp };
  }
  return { type: 'manual', runner: { username: userName() }, timestamp };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no name belongs to.
    return 'unknown';
  }
}
