import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { silentReporter } from '../report.ts';
import { settingsFrom } from '../settings/settings.ts';
import { AirflowClient } from './client.ts';
import { Reconciler } from './reconcile.ts';

test('whatever goes wrong in a look is told once, and the next look comes', { timeout: 30_000 }, async () => {
  const said: string[] = [];
  const reporter = {
    ...silentReporter,
    log: (level: string, text: string) => void said.push(`${level} ${text}`),
  };
  const settings = settingsFrom({}, { project: '/nowhere', cwd: '/', stderrIsTerminal: false });
  const client = new AirflowClient({ url: 'http://127.0.0.1:1', token: 'none' });
  const enough = new AbortController();
  const failures = [new TypeError('terminated'), new LifecycleError('AIR_UNREACHABLE', 'nobody'), new Error('ENOSPC')];
  let looks = 0;
  await new Reconciler(settings, client, reporter).run(
    async () => {
      if (++looks > 6) enough.abort();
      throw failures[looks % failures.length];
    },
    enough.signal,
    5,
  );
  assert.equal(looks, 7);
  assert.deepEqual(said.sort(), [
    'debug nobody',
    'warning events could not be compared with the store: Error: ENOSPC',
    'warning events could not be compared with the store: TypeError: terminated',
  ]);
});
