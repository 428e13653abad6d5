import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentReporter } from '../report.ts';
import { INSTALLATION, settingsFrom } from '../settings/settings.ts';
import type { Manifest } from './manifest.ts';
import { writeManifest } from './manifest-file.ts';
import { watchProject } from './project-watch.ts';

async function eventually(check: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !check(); i++) await sleep(100);
  assert.ok(check());
}

test('an edit is in the manifest within two seconds, and told, and told again', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-watch-'));
  const file = path.join(dir, 'manifest.json');
  await cp(path.join(INSTALLATION, 'examples', 'nyc', 'ingest_templates'), path.join(dir, 'ingest_templates'), {
    recursive: true,
  });
  const settings = settingsFrom({}, { project: dir, cwd: dir, stderrIsTerminal: false });
  const { manifest } = await writeManifest(settings, file);
  let told = 0;
  // The first telling fails, as when the web server is busy: it is tried again.
  const stop = watchProject(settings, file, manifest.hash, silentReporter, async () => {
    told++;
    if (told === 1) throw new Error('busy');
  });
  try {
    await sleep(1500);
    assert.equal(told, 0);
    const template = path.join(dir, 'ingest_templates', 'parks.yml');
    await writeFile(template, (await readFile(template, 'utf8')).replace('Large parks', 'Small parks'));
    await sleep(2000);
    const now = JSON.parse(await readFile(file, 'utf8')) as Manifest;
    assert.equal(now.ingest.find(({ id }) => id === 'parks')?.title, 'Small parks');
    await eventually(() => told === 2);
    await eventually(() => told === 3);
    await sleep(2500);
    assert.equal(told, 3);
    await rm(template);
    await eventually(() => told === 4);
  } finally {
    stop();
    await rm(dir, { recursive: true, force: true });
  }
});
