import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';

/** Writing to it fails as on a full disk. */
const FULL = '/dev/full';

test('a log on a full disk does not end the work', { skip: !existsSync(FULL) && `there is no ${FULL}` }, async () => {
  const log = await open(FULL, 'w');
  const child = spawn(path.join(INSTALLATION, 'bin', 'lifecycle'), ['--json', 'check'], {
    // Says which project it takes, before it begins.
    env: { ...process.env, LIFECYCLE_PROJECT: path.join(INSTALLATION, 'examples', 'nyc') },
    stdio: ['ignore', 'pipe', log.fd],
  });
  let printed = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const [code] = await once(child, 'close');
  await log.close();
  assert.equal(code, 0);
  assert.ok(JSON.parse(printed));
});
