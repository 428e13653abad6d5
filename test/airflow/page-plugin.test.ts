import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { INSTALLATION, settingsFrom } from '../../src/settings/settings.ts';

const run = promisify(execFile);
const { venvDir } = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });

test('a task that reads the plugin of the page does not load a web framework', async (t) => {
  const home = await mkdtemp(path.join(tmpdir(), 'lifecycle-plugin-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const script = [
    'import sys, airflow.plugins_manager, lifecycle_page',
    'print("fastapi" in sys.modules)',
    'print(len(lifecycle_page.LifecyclePagePlugin().fastapi_apps))',
    'print("fastapi" in sys.modules)',
  ].join('\n');
  const { stdout } = await run(path.join(venvDir, 'bin', 'python'), ['-c', script], {
    env: { ...process.env, AIRFLOW_HOME: home, PYTHONPATH: path.join(INSTALLATION, 'airflow', 'plugins') },
  });
  // Airflow warns on the same stream.
  assert.deepEqual(stdout.match(/^(True|False|\d)$/gm), ['False', '1', 'True']);
});
